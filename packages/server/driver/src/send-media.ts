import type { MemoryPressure, Playback, PlaybackNotice } from "@headgate/bus";

/**
 * About as much as a viewer is given in one write. Larger writes cost fewer system calls but keep more of the log's
 * memory for a viewer that has stopped reading in the middle of one.
 */
const MAX_WRITE_BYTES = 256 * 1024;

/** The same while the process is short of memory: a write to a viewer that does not read may leave a copy behind. */
const MAX_WRITE_BYTES_WHEN_SHORT = 16 * 1024;

/** What media are written to. */
export interface MediaTarget {
  readonly link: { readonly writable: boolean };
  writeMedia(playback: Playback<Uint8Array>, bytes: Uint8Array): void;
}

/** Sends what a playback has next, as {@link Peer.send} does. */
export function sendMedia(
  target: MediaTarget,
  playback: Playback<Uint8Array>,
  maxEffort: number,
  nowMs: number,
  pressure: MemoryPressure,
): number | PlaybackNotice {
  const mostAtOnce = pressure === "none" ? MAX_WRITE_BYTES : MAX_WRITE_BYTES_WHEN_SHORT;
  let effort = 0;
  while (target.link.writable && effort < maxEffort) {
    const next = playback.next(mostAtOnce, nowMs);
    if (next === undefined) break;
    if (typeof next === "string") return next;
    if (next.length > 0) target.writeMedia(playback, next);
    effort += playback.effort;
  }
  return effort;
}
