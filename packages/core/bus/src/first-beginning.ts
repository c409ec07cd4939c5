import { MAX_SWITCH_WAIT_MS, SWITCH_LOOK_MS } from "./limits.ts";
import type { MessageSource } from "./message-source.ts";

/**
 * The first place from a position on at which a player can begin; the source goes on there. Undefined if there is none near, and
 * then the source may be anywhere. Milliseconds.
 */
export function firstBeginning(source: MessageSource, fromMs: number): number | undefined {
  const lastMs = Math.min(fromMs + MAX_SWITCH_WAIT_MS, source.durationMs + SWITCH_LOOK_MS);
  for (let upToMs = Math.max(0, fromMs); upToMs <= lastMs; upToMs += SWITCH_LOOK_MS) {
    const position = source.seek(upToMs);
    if (position >= fromMs) return position;
  }
  return undefined;
}
