import type { MessageSource, StreamKey } from "@headgate/bus";
import type { RecordingInfo, StreamFormat } from "@headgate/session";

/** What a player asks of a recording besides its name. */
export interface RecordedRequest {
  /** A number is a position in a recording, in milliseconds; `any` is its beginning. */
  readonly start: "any" | number;
  /** The container that the player asks for, such as `mp4` by the name `mp4:cam`; undefined if it names none. */
  readonly format: StreamFormat | undefined;
  /** Whether the player has asked what was recorded of the stream, and so wants that, also from its beginning. */
  readonly wantsPast?: boolean;
}

/** A recording for one player. */
export interface Recorded {
  /** Where it begins, if it is what is being recorded of a live stream: it then counts as that does. Milliseconds. */
  readonly firstMs?: number;
  /** Closed by the gateway when the player is done, or is no longer there when it is found. */
  readonly messages: MessageSource;
  /** The most that the player is sent in advance. Milliseconds; {@link DEFAULT_MAX_AHEAD_MS} if it does not say. */
  readonly maxAheadMs?: number;
}

/**
 * `live`: the stream is to be had live from elsewhere; `missing`: its application has recordings, but none of this name; undefined:
 * its application has none.
 */
export type Found = Recorded | "live" | "missing" | undefined;

/**
 * What was recorded of a live stream, with the times of that; `live`: the position has not been recorded yet; undefined: nothing is
 * recorded of it.
 */
export type FoundPast = Required<Pick<Recorded, "messages" | "firstMs">> | "live" | undefined;

/** What was recorded of a stream since it appeared; `soon`: that begins in a moment; undefined: it is not recorded. */
export type RecordingOf = RecordingInfo | "soon" | undefined;

/**
 * Where recordings come from. It is asked after the policies have allowed `play`, and not about streams that are live here unless
 * the player wants a recording. The key is that of the stream, with no level `.` or `..`; a promise must not be rejected.
 */
export interface PlaySource {
  find(key: StreamKey, request: RecordedRequest): Found | Promise<Found>;
  /**
   * What was recorded of a stream that is live, for a player of it that wants an earlier position. It begins near that, and at the
   * latest keyframe if it is `last` and the position has not been recorded.
   */
  past?(key: StreamKey, positionMs: number, beyond: "live" | "last"): FoundPast | Promise<FoundPast>;
  /** What was recorded of a stream since it appeared. */
  recordingOf?(key: StreamKey): RecordingOf | Promise<RecordingOf>;
  /** How long a recording is, for a player that asks before it plays; undefined if there is none. Milliseconds. */
  durationMs?(key: StreamKey, request: RecordedRequest): number | undefined | Promise<number | undefined>;
}

/** More than any recording is sent in advance; a player whose buffer is longer takes it as fast as it can. Milliseconds. */
export const DEFAULT_MAX_AHEAD_MS = 3_600_000;
