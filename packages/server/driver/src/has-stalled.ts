import type { MemoryPressure } from "@headgate/bus";

/**
 * While the process is short of memory, a peer that takes no byte for this long is ended, before `stallMs`, and so is one that for
 * as long has held memory that no stream wants any more: it cannot be dropped. A viewer that can follow its stream at all takes
 * bytes every second. Milliseconds.
 */
const PATIENCE_MS: Readonly<Record<MemoryPressure, number>> = {
  none: Number.POSITIVE_INFINITY,
  high: 5_000,
  extreme: 1_000,
};

export interface Waits {
  /** Since when the peer has taken nothing, and held memory that nobody else wants. */
  readonly blockedSinceMs: number | undefined;
  readonly droppedSinceMs: number | undefined;
}

/** Whether a peer has read nothing for too long. */
export function hasStalled(
  { blockedSinceMs, droppedSinceMs }: Waits,
  stallMs: number,
  pressure: MemoryPressure,
  nowMs: number,
): boolean {
  const patienceMs = PATIENCE_MS[pressure];
  if (nowMs - (blockedSinceMs ?? nowMs) >= Math.min(stallMs, patienceMs)) return true;
  return nowMs - (droppedSinceMs ?? nowMs) >= patienceMs;
}
