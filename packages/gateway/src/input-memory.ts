import { ProtocolError } from "@headgate/bytes";

/** A peer that holds no more than this is not to blame for the process being short of memory. Bytes. */
const BLAMELESS_BYTES: number = 64 * 1024;

/** Memory for what peers have sent and not finished, or sent faster than it can be read; of all peers together. */
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

  /** What a peer holds now. Throws INPUT_EXCEEDED if that is more than there is. */
  hold(peer: object, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(peer) ?? 0);
    if (bytes > 0) this.#held.set(peer, bytes);
    else this.#held.delete(peer);
    if (this.#bytes <= this.#maxBytes || bytes <= BLAMELESS_BYTES) return;
    throw new ProtocolError(
      "INPUT_EXCEEDED",
      `the peer's unfinished messages hold ${bytes} bytes, and all peers' together more than the limit of ${this.#maxBytes}`,
    );
  }

  release(peer: object): void {
    this.#bytes -= this.#held.get(peer) ?? 0;
    this.#held.delete(peer);
  }
}
