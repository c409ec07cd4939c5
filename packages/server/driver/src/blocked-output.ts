import { ProtocolError } from "@headgate/bytes";

/** Since when a peer has not read, and what waits for it meanwhile. */
export class BlockedOutput {
  readonly #maxReplyBytes: number;
  #sinceMs: number | undefined;
  #replyBytes = 0;
  #release: (() => void) | undefined;

  constructor(maxReplyBytes: number) {
    this.#maxReplyBytes = maxReplyBytes;
  }

  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** `release` lets go of the memory of what was written last, and is called when the peer has taken it or is gone. */
  begin(nowMs: number, release?: () => void): void {
    this.#sinceMs ??= nowMs;
    if (!release) return;
    this.#release?.();
    this.#release = release;
  }

  /** The peer has taken all that waited, or is gone. */
  end(): void {
    this.#sinceMs = undefined;
    this.#replyBytes = 0;
    this.#release?.();
    this.#release = undefined;
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
