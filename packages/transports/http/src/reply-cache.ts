import { KEPT_MS, MAX_KEPT_REPLIES, MAX_KEPT_REPLY_BYTES } from "./limits.ts";
import type { TunnelReply } from "./tunnel-reply.ts";

interface KeptReply {
  readonly sequence: number;
  readonly reply: TunnelReply;
  readonly sinceMs: number;
}

/** The last replies, for repeated requests. */
export class ReplyCache {
  /** The oldest first. */
  readonly #replies: KeptReply[] = [];
  #bytes = 0;

  /** What they carry, without the interval in each. */
  get carriedBytes(): number {
    return this.#bytes - this.#replies.length;
  }

  get(sequence: number): TunnelReply | undefined {
    return this.#replies.findLast((kept) => kept.sequence === sequence)?.reply;
  }

  keep(sequence: number, reply: TunnelReply, nowMs: number): void {
    this.#replies.push({ sequence, reply, sinceMs: nowMs });
    this.#bytes += reply.length;
    while (this.#replies.length > 1 && this.#mustForget(this.#replies[0]!, nowMs))
      this.#bytes -= this.#replies.shift()!.reply.length;
  }

  clear(): void {
    this.#replies.length = 0;
    this.#bytes = 0;
  }

  #mustForget({ sinceMs }: KeptReply, nowMs: number): boolean {
    const areTooMany = this.#replies.length > MAX_KEPT_REPLIES || this.#bytes > MAX_KEPT_REPLY_BYTES;
    return areTooMany || nowMs - sinceMs > KEPT_MS;
  }
}
