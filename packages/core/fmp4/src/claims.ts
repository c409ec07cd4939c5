import { ProtocolError } from "@headgate/bytes";

/**
 * Counts the bytes that samples are said to have. Samples that are all alike cost a file nothing, and could be said to be
 * the same bytes again and again; those of real files do not overlap.
 */
export class Claims {
  #bytes = 0;

  /** Throws MP4_INVALID if they are more than `mostBytes`. */
  add(bytes: number, mostBytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= mostBytes) return;
    throw new ProtocolError(
      "MP4_INVALID",
      `samples of ${this.#bytes} bytes, of which there are ${mostBytes}`,
    );
  }
}
