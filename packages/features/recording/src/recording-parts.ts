import type { Recording } from "./manifest.ts";

/** How a recording goes on that was there before: right after its end, or with the time between the two. */
export interface Continuation {
  readonly newest: Recording;
  readonly hasGap: boolean;
}

/** Timestamps of RTMP have 32 bits. One that is so much less than the one before has gone back. */
const HALF_OF_TIMESTAMPS = 2 ** 31;

/** The files of one recording, and where in it each of them begins. */
export class RecordingParts {
  /** After a recording that was there before, if there was one. */
  readonly #continuation: Continuation | undefined;
  /** The file with which the recording begins. */
  #recording: string | undefined;
  #last: { readonly positionMs: number; readonly timestamp: number } | undefined;

  constructor(continuation?: Continuation) {
    this.#continuation = continuation;
    this.#recording = continuation?.newest.recording;
  }

  /** Another file begins. Returns its place in the recording, in milliseconds. */
  begin(timestamp: number, startedMs: number, lastDurationMs: number): number {
    const positionMs = this.#last
      ? this.#last.positionMs + elapsedMs(this.#last.timestamp, timestamp, lastDurationMs)
      : positionAfter(this.#continuation, startedMs);
    this.#last = { positionMs, timestamp };
    return positionMs;
  }

  /** Returns the file that the recording begins with, which is this one if it is the first. */
  recordingOf(file: string): string {
    this.#recording ??= file;
    return this.#recording;
  }
}

function elapsedMs(before: number, after: number, lastDurationMs: number): number {
  const elapsed = (after - before) >>> 0;
  return elapsed < HALF_OF_TIMESTAMPS ? elapsed : lastDurationMs;
}

function positionAfter(continuation: Continuation | undefined, startedMs: number): number {
  if (!continuation) return 0;
  const { newest, hasGap } = continuation;
  const { positionMs, startedMs: beforeMs, endedMs = beforeMs } = newest;
  const durationMs = newest.durationMs ?? Math.max(0, endedMs - beforeMs);
  // A clock that was set back makes no file begin before the end of the one before.
  return positionMs + (hasGap ? Math.max(durationMs, startedMs - beforeMs) : durationMs);
}
