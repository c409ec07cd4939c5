import type { FaultLog, RtmpPeerContext } from "@headgate/driver";
import type { Logger } from "pino";
import type { GatewayOptions } from "./config.ts";
import type { FailedSessions } from "./failed-sessions.ts";
import type { FanOut } from "./fan-out.ts";
import type { MergeWindow } from "./merge-window.ts";
import type { Policy } from "./policy.ts";
import type { Streams } from "./streams.ts";
import type { WaitingStreams } from "./waiting-streams.ts";

/** What all connections of a gateway share. */
export interface GatewayContext extends RtmpPeerContext {
  readonly options: GatewayOptions;
  readonly faults: FaultLog;
  readonly streams: Streams;
  readonly fanOut: FanOut;
  readonly mergeWindow: MergeWindow;
  readonly log: Logger;
  readonly waiting: WaitingStreams;
  readonly failedSessions: FailedSessions;
  /** Identifies this gateway to others. */
  readonly id: string;
  /** In the order in which they are asked; features add theirs. */
  readonly policies: Policy[];
}
