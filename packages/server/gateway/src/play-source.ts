import type { MessageSource, StreamKey } from "@headgate/bus";
import type { StreamFormat } from "@headgate/session";

/** What a player asks of a recording besides its name. */
export interface RecordedRequest {
  /** A number is a position in a recording, in milliseconds; `any` is its beginning. */
  readonly start: "any" | number;
  /** The container that the player asks for, such as `mp4` by the name `mp4:cam`; undefined if it names none. */
  readonly format: StreamFormat | undefined;
}

/** A recording for one player. */
export interface Recorded {
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
 * Where recordings come from. It is asked after the policies have allowed `play`, and not about streams that are live here unless
 * the player wants a recording. The key is that of the stream, with no level `.` or `..`; a promise must not be rejected.
 */
export interface PlaySource {
  find(key: StreamKey, request: RecordedRequest): Found | Promise<Found>;
  /** How long a recording is, for a player that asks before it plays; undefined if there is none. Milliseconds. */
  durationMs?(key: StreamKey, request: RecordedRequest): number | undefined | Promise<number | undefined>;
}

/** More than any recording is sent in advance; a player whose buffer is longer takes it as fast as it can. Milliseconds. */
export const DEFAULT_MAX_AHEAD_MS = 3_600_000;
