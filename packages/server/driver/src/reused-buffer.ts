/** Longer memory is not used again: one that reads nothing would hold all of it for a few bytes. */
export const MAX_REUSED_BYTES: number = 64 * 1024;

/** Memory for bytes that are written and then not needed any more, such as the encrypted copy of what a viewer gets. */
export class ReusedBuffer {
  #bytes = new Uint8Array(0);

  /** At least this many bytes, with any content. The previous caller must not use them any more. */
  take(length: number): Uint8Array {
    if (length > MAX_REUSED_BYTES) return new Uint8Array(length);
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    return this.#bytes;
  }

  /** The bytes taken last are still needed: the next call gets other memory. */
  giveUp(): void {
    this.#bytes = new Uint8Array(0);
  }
}
