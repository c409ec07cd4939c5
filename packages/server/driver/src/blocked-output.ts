import { ProtocolError } from "@headgate/bytes";

/** Since when a peer has not read, and how many bytes of replies wait for it meanwhile. */
export class BlockedOutput {
  readonly #maxReplyBytes: number;
  #sinceMs: number | undefined;
  #replyBytes = 0;

  constructor(maxReplyBytes: number) {
    this.#maxReplyBytes = maxReplyBytes;
  }

  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  begin(nowMs: number): void {
    this.#sinceMs ??= nowMs;
  }

  /** The peer has taken all that waited, or is gone. */
  end(): void {
    this.#sinceMs = undefined;
    this.#replyBytes = 0;
  }

  /** A reply waits as well. Throws OUTPUT_EXCEEDED. */
  addReply(bytes: number): void {
    this.#replyBytes += bytes;
    if (this.#replyBytes <= this.#maxReplyBytes) return;
    throw new ProtocolError(
      "OUTPUT_EXCEEDED",
      `the peer leaves more than ${this.#maxReplyBytes} bytes of replies unread`,
    );
  }
}
