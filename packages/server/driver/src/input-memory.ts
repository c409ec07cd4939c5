import { ProtocolError } from "@headgate/bytes";

/** A peer that holds no more than this is not blamed when the process is short of memory. Bytes. */
const BLAMELESS_BYTES: number = 64 * 1024;

/** Counts the memory, over all peers, of input that is unfinished or has not been read yet. */
export class InputMemory {
  readonly #maxBytes: number;
  readonly #held = new Map<object, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Notes how much a peer, or one of its requests, holds now. False if that exceeds the limit: then it must be released. */
  tryHold(holder: object, bytes: number): boolean {
    this.#bytes += bytes - (this.#held.get(holder) ?? 0);
    if (bytes > 0) this.#held.set(holder, bytes);
    else this.#held.delete(holder);
    return this.#bytes <= this.#maxBytes || bytes <= BLAMELESS_BYTES;
  }

  /** The same; throws INPUT_EXCEEDED. */
  hold(peer: object, bytes: number): void {
    if (this.tryHold(peer, bytes)) return;
    throw new ProtocolError(
      "INPUT_EXCEEDED",
      `the peer's unfinished messages hold ${bytes} bytes, and all peers' together more than the limit of ${this.#maxBytes}`,
    );
  }

  release(holder: object): void {
    this.#bytes -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}
