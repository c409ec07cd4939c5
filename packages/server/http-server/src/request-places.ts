import {
  MAX_REQUESTS,
  MAX_REQUESTS_PER_ADDRESS,
  MAX_WAITING,
  MAX_WAITING_PER_ADDRESS,
} from "./web-limits.ts";

interface Waiting {
  readonly onEntered: () => void;
}

interface Client {
  inside: number;
  readonly waiting: Set<Waiting>;
}

/**
 * The slots for requests at the web server. A request waits for a free slot. Waiting clients take turns, so that many requests
 * of one client do not delay the first request of another.
 */
export class RequestPlaces {
  /** The client whose turn is next comes first. */
  readonly #clients = new Map<string, Client>();
  #inside = 0;
  #waiting = 0;

  /**
   * Calls `onEntered` once there is a slot, maybe at once. Returns a function that frees the slot or ends the wait; it may be
   * called twice. Undefined: too many requests wait already, of this client or in all.
   */
  enter(key: string, onEntered: () => void): (() => void) | undefined {
    const client = this.#clients.get(key) ?? { inside: 0, waiting: new Set() };
    if (this.#waiting >= MAX_WAITING || client.waiting.size >= MAX_WAITING_PER_ADDRESS) return undefined;
    const waiting: Waiting = { onEntered };
    this.#clients.set(key, client);
    client.waiting.add(waiting);
    this.#waiting += 1;
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      if (client.waiting.delete(waiting)) this.#waiting -= 1;
      else this.#giveBack(client);
      if (client.inside === 0 && client.waiting.size === 0) this.#clients.delete(key);
      this.#fill();
    };
    this.#fill();
    return leave;
  }

  #giveBack(client: Client): void {
    client.inside -= 1;
    this.#inside -= 1;
  }

  #fill(): void {
    while (this.#inside < MAX_REQUESTS && this.#waiting > 0) {
      const next = this.#next();
      if (!next) return;
      next.onEntered();
    }
  }

  #next(): Waiting | undefined {
    for (const [key, client] of this.#clients) {
      if (client.inside >= MAX_REQUESTS_PER_ADDRESS) continue;
      const [first] = client.waiting;
      if (!first) continue;
      client.waiting.delete(first);
      client.inside += 1;
      this.#waiting -= 1;
      this.#inside += 1;
      this.#clients.delete(key);
      this.#clients.set(key, client);
      return first;
    }
    return undefined;
  }
}
