/** A rate over less than this says more about the moment than about the peer. Milliseconds. */
const MIN_SPAN_MS = 500;

/** What makes a rate a second of what has happened in this time; undefined if that is too short. */
export function ratioOf(spanMs: number): number | undefined {
  return spanMs < MIN_SPAN_MS ? undefined : 1_000 / spanMs;
}
