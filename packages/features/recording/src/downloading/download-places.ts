import { Counts } from "@headgate/transport";

/** Downloads at once, of which each holds a block of 256 KiB at most: together 256 MiB. */
const MAX_DOWNLOADS = 1_024;

/** A browser has six connections to a server, and many browsers may share an address. */
const MAX_DOWNLOADS_PER_ADDRESS = 128;

/** An address has one more only while three times as many are free as it has, so that a few cannot have them all. */
const FREE_FOR_ONE_MORE = 3;

/** The places for downloads. */
export class DownloadPlaces {
  readonly #downloadsOf = new Counts<string>();
  #downloads = 0;

  get size(): number {
    return this.#downloads;
  }

  /** `key` is that of the client's address. Returns whether there is a place, which is to be left. */
  enter(key: string): boolean {
    const share = Math.min(MAX_DOWNLOADS_PER_ADDRESS, (MAX_DOWNLOADS - this.#downloads) / FREE_FOR_ONE_MORE);
    if (this.#downloadsOf.of(key) >= share) return false;
    this.#downloads += 1;
    this.#downloadsOf.add(key, 1);
    return true;
  }

  leave(key: string): void {
    this.#downloads -= 1;
    this.#downloadsOf.add(key, -1);
  }
}
