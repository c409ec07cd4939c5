import type { PacedPlaybackOptions } from "@headgate/bus";
import type { FaultLog, RtmpPeerContext } from "@headgate/driver";
import type { Logger } from "pino";
import type { Admission } from "./admission.ts";
import type { GatewayLimits, GatewayOptions } from "./config.ts";
import type { Drain } from "./drain.ts";
import type { FailedSessions } from "./failed-sessions.ts";
import type { FanOut } from "./fan-out.ts";
import type { MergeWindow } from "./merge-window.ts";
import type { PlaySources } from "./play-sources.ts";
import type { Policy } from "./policy.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import type { Sessions } from "./sessions.ts";
import type { Streams } from "./streams.ts";
import type { ViewerLag } from "./viewer-lag.ts";
import type { WaitingStreams } from "./waiting-streams.ts";
import type { WritingEffort } from "./writing-effort.ts";

/** What all connections of a gateway share. */
export interface GatewayContext extends RtmpPeerContext {
  /** Its parts are replaced when another configuration is in force. */
  readonly options: GatewayOptions;
  /** Always those in force. */
  readonly limits: GatewayLimits;
  /** Puts another configuration in force. */
  readonly reconfigure: (next: GatewayOptions) => void;
  readonly faults: FaultLog;
  readonly streams: Streams;
  readonly sessions: Sessions;
  readonly fanOut: FanOut;
  readonly mergeWindow: MergeWindow;
  readonly writingEffort: WritingEffort;
  readonly viewerLag: ViewerLag;
  readonly log: Logger;
  readonly waiting: WaitingStreams;
  /** Counts the streams that connections play besides their first: there may be as many as connections. */
  readonly furtherPlays: Admission;
  readonly playSources: PlaySources;
  /** How recordings are written for players. */
  readonly recordedOutput: Pick<PacedPlaybackOptions, "framing" | "memory" | "hold">;
  readonly drain: Drain;
  readonly failedSessions: FailedSessions;
  readonly refusals: RefusalCounts;
  /** Identifies this gateway to others. */
  readonly id: string;
  /** In the order in which they are asked; features add theirs. */
  readonly policies: Policy[];
}
