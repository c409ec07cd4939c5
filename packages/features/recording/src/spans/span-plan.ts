import type { Recording } from "../manifest.ts";

/** Recorded time of a stream, in milliseconds since the Unix epoch. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

type SpanRefusal = "RECORDING_NOT_FOUND" | "RECORDING_GAP";

export interface RefusedSpan {
  readonly code: SpanRefusal;
  readonly text: string;
}

/** Between two files of one publisher there is nothing; what is less than this is a publisher that has come back at once. Milliseconds. */
const MAX_GAP_MS = 2_000;

/** The files that a span lies in, in their order; the last may end before it does. Or why there are none. */
export function planSpan(
  recordings: Iterable<Recording>,
  stream: string,
  { startMs, endMs }: Span,
  nowMs: number,
): readonly Recording[] | RefusedSpan {
  const found = [...recordings]
    .filter((each) => each.stream === stream && each.startedMs < endMs && endOf(each, nowMs) > startMs)
    .sort((one, other) => one.startedMs - other.startedMs);
  if (found.length === 0)
    return {
      code: "RECORDING_NOT_FOUND",
      text: `Nothing of this stream was recorded ${between(startMs, endMs)}.`,
    };
  let coveredMs = startMs;
  for (const each of found) {
    if (each.startedMs - coveredMs > MAX_GAP_MS)
      return { code: "RECORDING_GAP", text: `Nothing was recorded ${between(coveredMs, each.startedMs)}.` };
    coveredMs = Math.max(coveredMs, endOf(each, nowMs));
  }
  return found;
}

/** A file that is being written has no end yet. */
function endOf({ startedMs, durationMs, endedMs }: Recording, nowMs: number): number {
  return durationMs === undefined ? (endedMs ?? nowMs) : startedMs + durationMs;
}

function between(oneMs: number, otherMs: number): string {
  return `between ${new Date(oneMs).toISOString()} and ${new Date(otherMs).toISOString()}`;
}
