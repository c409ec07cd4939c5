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

  /** What a peer, or a request of one, holds now. False if that is more than there is: then it must be let go of. */
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
