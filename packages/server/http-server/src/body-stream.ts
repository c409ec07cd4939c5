import { Readable } from "node:stream";
import { JoinedBytes } from "./joined-bytes.ts";

/** The body of a request as its reader gets it, with what the reader has not taken yet. */
export class BodyStream extends Readable {
  readonly #waiting = new JoinedBytes();
  readonly #onTaken: () => void;
  #isWanted = false;
  #isWhole = false;

  /** `onTaken` is called whenever some of what waited is taken. */
  constructor(onTaken: () => void) {
    // All that waits is here, joined.
    super({ highWaterMark: 0 });
    this.#onTaken = onTaken;
  }

  /** The bytes that wait. */
  get waitingBytes(): number {
    return this.#waiting.length;
  }

  add(piece: Buffer): void {
    if (this.#isWanted) this.#give(piece);
    else this.#waiting.add(piece);
  }

  /** Nothing follows. */
  finish(): void {
    this.#isWhole = true;
    if (this.#isWanted) this.#give(null);
  }

  override _read(): void {
    const bytes = this.#waiting.take();
    if (!bytes && !this.#isWhole) {
      this.#isWanted = true;
      return;
    }
    this.#give(bytes ?? null);
    if (bytes) this.#onTaken();
  }

  #give(bytes: Buffer | null): void {
    this.#isWanted = false;
    this.push(bytes);
  }
}
