/** Larger codes stand for nothing that is read here. */
const MAX_GOLOMB_BITS = 31;

/** Reads numbers of any length, the highest bit first. Beyond the end are zeroes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether more was read than there is. */
  get isExhausted(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let each = 0; each < count; each += 1) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at += 1;
    }
    return value;
  }

  /** An Exp-Golomb code (ITU-T H.264 §9.1). */
  readGolomb(): number {
    let zeroes = 0;
    while (this.read(1) === 0) {
      zeroes += 1;
      if (zeroes > MAX_GOLOMB_BITS || this.isExhausted) return 0;
    }
    return 2 ** zeroes - 1 + this.read(zeroes);
  }

  /** The same with a sign (§9.1.1). */
  readSignedGolomb(): number {
    const code = this.readGolomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
