/** Memory for what is written and gone the next moment, such as the encrypted copy of what a viewer gets. */
export class ReusedBuffer {
  #bytes = new Uint8Array(0);

  /** At least so many bytes, with anything in them. Whoever was given them before has no use for them any more. */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    return this.#bytes;
  }

  /** Somebody still needs what was taken last: the next one gets other memory. */
  giveUp(): void {
    this.#bytes = new Uint8Array(0);
  }
}
