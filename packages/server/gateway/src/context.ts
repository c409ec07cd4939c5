import type { ServerConnectionOptions } from "@headgate/connection";
import type { InputMemory, SessionFaults, Sweep, Turns } from "@headgate/driver";
import type { Logger } from "pino";
import type { GatewayOptions } from "./config.ts";
import type { FailedSessions } from "./failed-sessions.ts";
import type { FanOut } from "./fan-out.ts";
import type { Policy } from "./policy.ts";
import type { ReusedBuffer } from "./reused-buffer.ts";
import type { Streams } from "./streams.ts";
import type { WaitingStreams } from "./waiting-streams.ts";

/** What all connections of a gateway share. */
export interface GatewayContext {
  readonly options: GatewayOptions;
  readonly connectionOptions: ServerConnectionOptions;
  readonly streams: Streams;
  readonly fanOut: FanOut;
  readonly log: Logger;
  readonly inputMemory: InputMemory;
  readonly turns: Turns;
  readonly sweep: Sweep;
  readonly waiting: WaitingStreams;
  readonly failedSessions: FailedSessions;
  /** Whether bytes on their way to peers take more memory than they may. */
  readonly isShortOfMemory: () => boolean;
  /** For encrypted copies of media. */
  readonly encrypted: ReusedBuffer;
  /** Identifies this gateway to others. */
  readonly id: string;
  /** In the order in which they are asked. */
  readonly policies: readonly Policy[];
  readonly faults: SessionFaults;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
}
