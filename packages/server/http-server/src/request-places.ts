import { AddressLine, Counts } from "@headgate/transport";
import {
  FREE_FOR_ONE_MORE,
  MAX_REQUESTS,
  MAX_REQUESTS_PER_ADDRESS,
  MAX_WAITING,
  MAX_WAITING_PER_ADDRESS,
} from "./web-limits.ts";

interface Waiting {
  readonly key: string;
  readonly onEntered: () => void;
}

/**
 * The slots for requests at the web server. A request waits for a free slot. Waiting clients take turns, so that many requests
 * of one client do not delay the first request of another. The fewer slots are free, the fewer a client may have.
 */
export class RequestPlaces {
  readonly #line = new AddressLine<Waiting>();
  readonly #insideOf = new Counts<string>();
  #inside = 0;

  /**
   * Calls `onEntered` once there is a slot, maybe at once. Returns a function that frees the slot or ends the wait; it may be
   * called twice. Undefined: too many requests wait already, of this client or in all.
   */
  enter(key: string, onEntered: () => void): (() => void) | undefined {
    const free = MAX_WAITING - this.#line.size;
    if (!hasShare(this.#line.sizeOf(key), MAX_WAITING_PER_ADDRESS, free)) return undefined;
    const waiting = { key, onEntered };
    this.#line.add(key, waiting);
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      if (!this.#line.delete(key, waiting)) this.#count(key, -1);
      this.#fill();
    };
    this.#fill();
    return leave;
  }

  /** Whether a slot of this client is wanted by itself, or by another client that has fewer. */
  isWanted(key: string): boolean {
    for (const other of this.#line.keys())
      if (other === key || this.#insideOf.of(other) < this.#insideOf.of(key)) return true;
    return false;
  }

  #fill(): void {
    const mayEnter = (key: string): boolean =>
      hasShare(this.#insideOf.of(key), MAX_REQUESTS_PER_ADDRESS, MAX_REQUESTS - this.#inside);
    for (let next = this.#line.take(mayEnter); next; next = this.#line.take(mayEnter)) {
      this.#count(next.key, 1);
      next.onEntered();
    }
  }

  #count(key: string, change: 1 | -1): void {
    this.#inside += change;
    this.#insideOf.add(key, change);
  }
}

/** Whether an address that has so many may have one more. */
function hasShare(count: number, most: number, free: number): boolean {
  return count < Math.min(most, free / FREE_FOR_ONE_MORE);
}
