import type { Admission } from "./admission.ts";

/** A connection's place among those that may be open, from its first moment to its last. */
export class ConnectionPermit {
  readonly #admission: Admission;
  readonly #onRefused: (address: string) => void;
  #address: string | undefined;

  /** For a connection that has just entered. */
  constructor(admission: Admission, address: string, onRefused: (address: string) => void) {
    this.#admission = admission;
    this.#address = address;
    this.#onRefused = onRefused;
  }

  /** Counts it for another address, as when a proxy tells whose connection it is. False if that address has enough. */
  moveTo(address: string): boolean {
    if (this.#address === undefined) return false;
    if (!this.#admission.move(this.#address, address)) {
      this.#onRefused(address);
      return false;
    }
    this.#address = address;
    return true;
  }

  /** Gives the place back; after the first time nothing happens. */
  leave(): void {
    if (this.#address !== undefined) this.#admission.leave(this.#address);
    this.#address = undefined;
  }
}
