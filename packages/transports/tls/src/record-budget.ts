/**
 * Bytes of records beyond their content that a client may send at once. Records without content, such as KeyUpdates, cost
 * up to 17 µs for 27 bytes and never reach RTMP, whose limits would bound them: 64 KiB of them are 40 ms.
 */
export const MAX_BYTES_BEYOND_CONTENT: number = 64 * 1024;

/** How fast the budget refills: 1% of a processor for KeyUpdates; a player may pad 4 acknowledgements a second to 4 KiB. */
const BYTES_PER_SECOND = 16 * 1024;

/** A record takes 22 to 29 bytes of its own, also one with a single byte of content, which slow typists may send. */
const BYTES_PER_CONTENT_BYTE = 32;

/** Counts the part of a client's records that is not content. */
export class RecordBudget {
  #received: number;
  #content: number;
  #left: number = MAX_BYTES_BEYOND_CONTENT;
  #atMs: number;

  /** With the bytes received and read so far. The handshake's are not counted. */
  constructor(received: number, content: number, nowMs: number) {
    this.#received = received;
    this.#content = content;
    this.#atMs = nowMs;
  }

  /** Takes the bytes received and read so far. Returns whether the client stays within its budget. */
  spend(received: number, content: number, nowMs: number): boolean {
    const rested = this.#left + ((nowMs - this.#atMs) / 1000) * BYTES_PER_SECOND;
    const newContent = content - this.#content;
    const beyond = received - this.#received - newContent;
    const balance = Math.min(rested, MAX_BYTES_BEYOND_CONTENT) + newContent * BYTES_PER_CONTENT_BYTE - beyond;
    this.#received = received;
    this.#content = content;
    this.#atMs = nowMs;
    this.#left = Math.min(balance, MAX_BYTES_BEYOND_CONTENT);
    return this.#left >= 0;
  }
}
