import { fractionOfPi } from "./pi.ts";

const ROUNDS = 16;
const SUBKEYS = ROUNDS + 2;
const BOX_LENGTH = 256;
const BOXES = 4;

/** Blowfish (B. Schneier, 1993): the key changes the digits of pi with which its boxes are initialised. */
export class Blowfish {
  /** The subkeys, then the four boxes. */
  readonly #words: Uint32Array;
  #left = 0;
  #right = 0;

  constructor(key: Uint8Array) {
    this.#words = initialWords().slice();
    for (let i = 0; i < SUBKEYS; i += 1) this.#words[i]! ^= wordOfKey(key, 4 * i);
    for (let i = 0; i < this.#words.length; i += 2) {
      this.#encipherHalves();
      this.#words[i] = this.#left;
      this.#words[i + 1] = this.#right;
    }
  }

  /** Enciphers one block of 8 bytes in place. RTMPE reads its halves as little-endian numbers, unlike other implementations. */
  encipher(block: Uint8Array, { littleEndian }: { littleEndian: boolean }): void {
    const view = new DataView(block.buffer, block.byteOffset, 8);
    this.#left = view.getUint32(0, littleEndian);
    this.#right = view.getUint32(4, littleEndian);
    this.#encipherHalves();
    view.setUint32(0, this.#left, littleEndian);
    view.setUint32(4, this.#right, littleEndian);
  }

  #encipherHalves(): void {
    let [left, right] = [this.#left, this.#right];
    for (let round = 0; round < ROUNDS; round += 1) {
      left ^= this.#words[round]!;
      [left, right] = [right ^ this.#mix(left), left];
    }
    this.#left = (right ^ this.#words[ROUNDS + 1]!) >>> 0;
    this.#right = (left ^ this.#words[ROUNDS]!) >>> 0;
  }

  #mix(half: number): number {
    const [a, b, c, d] = [half >>> 24, (half >>> 16) & 0xff, (half >>> 8) & 0xff, half & 0xff];
    return ((this.#box(0, a) + this.#box(1, b)) ^ this.#box(2, c)) + this.#box(3, d);
  }

  #box(index: number, at: number): number {
    return this.#words[SUBKEYS + index * BOX_LENGTH + at]!;
  }
}

let words: Uint32Array | undefined;

/** Made when it is first needed, which takes some milliseconds. */
function initialWords(): Uint32Array {
  words ??= fractionOfPi(SUBKEYS + BOXES * BOX_LENGTH);
  return words;
}

/** The key's bytes repeat without end. */
function wordOfKey(key: Uint8Array, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i += 1) word = (word << 8) | key[(at + i) % key.length]!;
  return word;
}
