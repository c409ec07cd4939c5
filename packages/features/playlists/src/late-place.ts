import type { PlaylistItem, PlaylistList } from "./config.ts";
import { LEAST_PASS_MS } from "./limits.ts";

/** Where a list goes on. */
export interface Place {
  readonly index: number;
  /** How much of the item is left out. Milliseconds. */
  readonly skippedMs: number;
}

export const BEGINNING: Place = { index: 0, skippedMs: 0 };

/** Where a list would be by now that should have begun before; behind its last item if it would be over. */
export async function placeAfter(
  lateMs: number,
  { loop, items }: PlaylistList,
  lengthOf: (item: PlaylistItem) => Promise<number>,
): Promise<Place> {
  const ends: number[] = [];
  let passMs = 0;
  for (const [index, item] of items.entries()) {
    const lengthMs = await lengthOf(item);
    if (lateMs < passMs + lengthMs) return { index, skippedMs: lateMs - passMs };
    passMs += lengthMs;
    ends.push(passMs);
  }
  if (!loop) return { index: items.length, skippedMs: 0 };
  if (passMs < LEAST_PASS_MS) return BEGINNING;
  const leftMs = lateMs % passMs;
  const index = ends.findIndex((endMs) => leftMs < endMs);
  return { index, skippedMs: leftMs - (ends[index - 1] ?? 0) };
}

/** What is left of an item. */
export function without(item: PlaylistItem, skippedMs: number): PlaylistItem {
  if (skippedMs === 0) return item;
  const { startMs, durationMs } = item;
  return {
    ...item,
    startMs: item.file === undefined ? 0 : startMs + skippedMs,
    durationMs: durationMs === undefined ? undefined : durationMs - skippedMs,
  };
}
