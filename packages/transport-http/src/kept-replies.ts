import { MAX_KEPT_REPLIES, MAX_KEPT_REPLY_BYTES } from "./limits.ts";

/** The last replies, for requests that come again. */
export class KeptReplies {
  readonly #replies = new Map<number, Uint8Array>();
  #bytes = 0;

  get(sequence: number): Uint8Array | undefined {
    return this.#replies.get(sequence);
  }

  keep(sequence: number, reply: Uint8Array): void {
    this.#replies.set(sequence, reply);
    this.#bytes += reply.length;
    for (const [oldest, { length }] of this.#replies) {
      const isTooMuch = this.#replies.size > MAX_KEPT_REPLIES || this.#bytes > MAX_KEPT_REPLY_BYTES;
      if (oldest === sequence || !isTooMuch) return;
      this.#replies.delete(oldest);
      this.#bytes -= length;
    }
  }

  clear(): void {
    this.#replies.clear();
    this.#bytes = 0;
  }
}
