import { KEPT_MS, MAX_KEPT_REPLIES, MAX_KEPT_REPLY_BYTES } from "./limits.ts";
import type { TunnelReply } from "./tunnel-reply.ts";

interface KeptReply {
  readonly reply: TunnelReply;
  readonly sinceMs: number;
}

/** The last replies, for repeated requests. */
export class ReplyCache {
  readonly #replies = new Map<number, KeptReply>();
  #bytes = 0;

  /** What they carry, without the interval in each. */
  get carriedBytes(): number {
    return this.#bytes - this.#replies.size;
  }

  get(sequence: number): TunnelReply | undefined {
    return this.#replies.get(sequence)?.reply;
  }

  keep(sequence: number, reply: TunnelReply, nowMs: number): void {
    this.#replies.set(sequence, { reply, sinceMs: nowMs });
    this.#bytes += reply.length;
    for (const [oldest, kept] of this.#replies) {
      const isTooMuch = this.#replies.size > MAX_KEPT_REPLIES || this.#bytes > MAX_KEPT_REPLY_BYTES;
      if (oldest === sequence || !(isTooMuch || nowMs - kept.sinceMs > KEPT_MS)) return;
      this.#replies.delete(oldest);
      this.#bytes -= kept.reply.length;
    }
  }

  clear(): void {
    this.#replies.clear();
    this.#bytes = 0;
  }
}
