import type { FlvIndex } from "./flv-index.ts";

/** Where players may begin that do not read a whole file, as the `keyframes` of `onMetaData` list it. */
export interface SeekPoints {
  /** Timestamps as the file has them, in seconds. */
  readonly times: readonly number[];
  /** Of the tags, in bytes from the beginning of the file. */
  readonly filepositions: readonly number[];
}

/** In a file without pictures players can begin anywhere. Milliseconds. */
const AUDIO_DISTANCE_MS = 1000;

/** From an entry on. Of more than `capacity` points every second one is left out, as often as needed. */
export function seekPoints(index: FlvIndex, capacity: number, from = 0): SeekPoints {
  if (capacity < 1) return { times: [], filepositions: [] };
  const entries = index.hasVideo ? keyframesOf(index, capacity, from) : soundsOf(index, capacity, from);
  return {
    times: entries.map((entry) => index.fileTimestampMs(entry) / 1000),
    filepositions: entries.map((entry) => index.tagPosition(entry)),
  };
}

function keyframesOf(index: FlvIndex, capacity: number, from: number): number[] {
  const points = index.keyframes;
  let first = 0;
  while (first < points.count && points.entry(first) < from) first += 1;
  let step = 1;
  while ((points.count - first) / step > capacity) step *= 2;
  const entries: number[] = [];
  for (let point = first; point < points.count; point += step) entries.push(points.entry(point));
  return entries;
}

function soundsOf(index: FlvIndex, capacity: number, from: number): number[] {
  if (from >= index.count) return [];
  const startMs = index.timestampMs(from);
  let stepMs = AUDIO_DISTANCE_MS;
  while ((index.durationMs - startMs) / stepMs + 1 > capacity) stepMs *= 2;
  const entries = [from];
  for (let timeMs = startMs + stepMs; timeMs < index.durationMs; timeMs += stepMs) {
    const entry = index.atOrBefore(timeMs);
    if (entry > entries.at(-1)!) entries.push(entry);
  }
  return entries;
}
