/** A body in pieces that are smaller on average is one of small pieces: a client sends at least a message at once. Bytes. */
export const SMALL_PIECE_BYTES = 64;

/**
 * Pieces below that average that a connection may send in a second, and at once. Each costs as much time as a kilobyte, and with
 * `Transfer-Encoding: chunked` a peer can make ten thousand of 64 KiB.
 */
export const SMALL_PIECES_PER_SECOND = 1_000;

/** Counts the small pieces in which bodies come over one connection. */
export class SmallPieces {
  #left = SMALL_PIECES_PER_SECOND;
  #countedMs: number;

  constructor(nowMs: number) {
    this.#countedMs = nowMs;
  }

  /** Returns whether there may be one more, of so many bytes. */
  take(bytes: number, nowMs: number): boolean {
    const gained = ((nowMs - this.#countedMs) / 1_000) * SMALL_PIECES_PER_SECOND + bytes / SMALL_PIECE_BYTES;
    this.#left = Math.min(SMALL_PIECES_PER_SECOND, this.#left + gained) - 1;
    this.#countedMs = nowMs;
    return this.#left >= 0;
  }
}
