import type { Recording } from "../api/replies.ts";

/** A part of the time that is shown. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A recording as a bar: where it begins and how wide it is, as parts of the whole. */
export interface Bar {
  readonly file: string;
  readonly x: number;
  readonly width: number;
  readonly state: string;
}

/** Narrower ones could not be seen. */
const MIN_WIDTH = 0.002;

export function barsIn(recordings: readonly Recording[], { fromMs, toMs }: Range): readonly Bar[] {
  const bars: Bar[] = [];
  for (const recording of recordings) {
    const { fromMs: startMs, toMs: endMs } = rangeOf(recording, toMs);
    if (endMs < fromMs || startMs > toMs) continue;
    const x = Math.max(0, (startMs - fromMs) / (toMs - fromMs));
    const end = Math.min(1, (endMs - fromMs) / (toMs - fromMs));
    bars.push({ file: recording.file, x, width: Math.max(MIN_WIDTH, end - x), state: recording.state });
  }
  return bars;
}

/** From when to when it has something; one that is written, until now. */
export function rangeOf({ started, ended, durationMs }: Recording, nowMs: number): Range {
  const fromMs = Date.parse(started);
  if (durationMs !== null) return { fromMs, toMs: fromMs + durationMs };
  return { fromMs, toMs: ended === null ? nowMs : Date.parse(ended) };
}

/** What lies between two places, whichever was chosen first. A click is nothing yet. */
export function chosenRange(a: number, b: number, { fromMs, toMs }: Range): Range | undefined {
  const [first, last] = [Math.max(0, Math.min(a, b)), Math.min(1, Math.max(a, b))];
  if (last - first < MIN_WIDTH) return undefined;
  const at = (place: number): number => Math.round((fromMs + place * (toMs - fromMs)) / 1_000) * 1_000;
  return { fromMs: at(first), toMs: Math.max(at(last), at(first) + 1_000) };
}

/** Some five moments that are written below: whole minutes, hours or days. */
export function ticksIn({ fromMs, toMs }: Range): readonly { readonly x: number; readonly ms: number }[] {
  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= 7) ?? STEPS_MS.at(-1)!;
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const ticks: { x: number; ms: number }[] = [];
  for (let ms = Math.ceil((fromMs - zoneMs) / stepMs) * stepMs + zoneMs; ms <= toMs; ms += stepMs)
    ticks.push({ x: (ms - fromMs) / (toMs - fromMs), ms });
  return ticks;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS_MS = [
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
].concat([1, 2, 7, 30, 120].map((days) => days * 24 * HOUR));
