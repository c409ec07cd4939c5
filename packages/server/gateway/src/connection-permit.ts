import type { Admission } from "./admission.ts";

/** Counts one connection against the limits, from its first moment to its last. */
export class ConnectionPermit {
  readonly #admission: Admission;
  readonly #onRefused: (address: string) => void;
  #address: string | undefined;

  /** For a connection that was just admitted. */
  constructor(admission: Admission, address: string, onRefused: (address: string) => void) {
    this.#admission = admission;
    this.#address = address;
    this.#onRefused = onRefused;
  }

  /** Counts the connection for another address, for example the one that a proxy names. False if that address has enough. */
  moveTo(address: string): boolean {
    if (this.#address === undefined) return false;
    if (!this.#admission.move(this.#address, address)) {
      this.#onRefused(address);
      return false;
    }
    this.#address = address;
    return true;
  }

  /** Gives the permit back. Calling it again does nothing. */
  leave(): void {
    if (this.#address !== undefined) this.#admission.leave(this.#address);
    this.#address = undefined;
  }
}
