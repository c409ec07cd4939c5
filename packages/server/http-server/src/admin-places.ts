import { Counts } from "@headgate/transport";
import { FREE_FOR_ONE_MORE } from "./web-limits.ts";

/**
 * More than all who look after a server have open. Any user of the machine can connect, and each connection holds a descriptor
 * that peers may need.
 */
export const MAX_ADMIN_CONNECTIONS = 256;

/** A connection to the admin server. */
export interface AdminPlace {
  /** Its address's, from `addressKey`. */
  readonly key: string;
  /** Since when it has asked for nothing, in milliseconds; undefined while it has a request. */
  idleSinceMs(): number | undefined;
  end(): void;
}

/**
 * The places for connections to the admin server. An address has one more only while three times as many are free as it has.
 * Where there is no place, one is taken from a connection without a request: supervisors ask on a new connection each time, and
 * must not be kept out by connections that are merely open.
 */
export class AdminPlaces {
  readonly #places = new Set<AdminPlace>();
  readonly #placesOf = new Counts<string>();

  /** Returns whether it has a place. Another connection may have been ended for it. */
  enter(place: AdminPlace): boolean {
    if (!this.#hasShare(place.key) && !this.#makeRoom(place.key)) return false;
    this.#places.add(place);
    this.#placesOf.add(place.key, 1);
    return true;
  }

  /** May be called twice. */
  leave(place: AdminPlace): void {
    if (this.#places.delete(place)) this.#placesOf.add(place.key, -1);
  }

  /** Ends all connections. */
  end(): void {
    for (const place of this.#places) place.end();
  }

  #hasShare(key: string): boolean {
    return this.#placesOf.of(key) < (MAX_ADMIN_CONNECTIONS - this.#places.size) / FREE_FOR_ONE_MORE;
  }

  #makeRoom(key: string): boolean {
    const place = this.#longestIdle(this.#addressesToEnd(key));
    if (!place) return false;
    this.leave(place);
    place.end();
    return true;
  }

  /** Its own address, or those that have more, if no place is free at all. */
  #addressesToEnd(key: string): (other: string) => boolean {
    if (this.#places.size < MAX_ADMIN_CONNECTIONS) return (other) => other === key;
    const own = this.#placesOf.of(key);
    return (other) => other === key || this.#placesOf.of(other) > own;
  }

  /** Of the address that has the most. */
  #longestIdle(mayEnd: (key: string) => boolean): AdminPlace | undefined {
    let [found, most, sinceMs]: [AdminPlace | undefined, number, number] = [undefined, 0, 0];
    for (const place of this.#places) {
      const idleSinceMs = mayEnd(place.key) ? place.idleSinceMs() : undefined;
      const count = this.#placesOf.of(place.key);
      if (idleSinceMs === undefined || count < most || (count === most && idleSinceMs >= sinceMs)) continue;
      [found, most, sinceMs] = [place, count, idleSinceMs];
    }
    return found;
  }
}
