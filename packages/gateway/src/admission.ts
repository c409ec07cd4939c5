import type { GatewayLimits } from "./options.ts";

/** A connection's place among those that may be open. */
export interface Place {
  /** Counts it for another address, as when a proxy tells whose connection it is. False if that address has enough. */
  moveTo(address: string): boolean;
  /** Gives the place back; after the first time nothing happens. */
  leave(): void;
}

type Limits = Pick<GatewayLimits, "maxConnections" | "maxConnectionsPerAddress">;

/** Counts connections, in all and by address, and says when there are enough. */
export class Admission {
  readonly #limits: Limits;
  readonly #byAddress = new Map<string, number>();
  #connections = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#connections;
  }

  /** A place, or the name of the limit that a further connection would exceed. */
  enter(address: string): Place | keyof Limits {
    if (this.#connections >= this.#limits.maxConnections) return "maxConnections";
    if (!this.#add(address)) return "maxConnectionsPerAddress";
    this.#connections += 1;
    let current: string | undefined = address;
    return {
      moveTo: (next) => {
        if (current === undefined) return false;
        if (next === current) return true;
        if (!this.#add(next)) return false;
        this.#remove(current);
        current = next;
        return true;
      },
      leave: () => {
        if (current === undefined) return;
        this.#connections -= 1;
        this.#remove(current);
        current = undefined;
      },
    };
  }

  #add(address: string): boolean {
    const count = this.#byAddress.get(address) ?? 0;
    if (count >= this.#limits.maxConnectionsPerAddress) return false;
    this.#byAddress.set(address, count + 1);
    return true;
  }

  #remove(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
