import type { RtmpPeerContext } from "@headgate/driver";
import type { Logger } from "pino";
import type { FanOut } from "./fan-out.ts";
import type { GatewayOptions } from "./options.ts";
import type { Policy } from "./policy.ts";
import type { Streams } from "./streams.ts";
import type { WaitingStreams } from "./waiting-streams.ts";

/** What all connections of a gateway share. */
export interface GatewayContext extends RtmpPeerContext {
  readonly options: GatewayOptions;
  readonly streams: Streams;
  readonly fanOut: FanOut;
  readonly log: Logger;
  readonly waiting: WaitingStreams;
  /** Identifies this gateway to others. */
  readonly id: string;
  /** In the order in which they are asked. */
  readonly policies: readonly Policy[];
}
