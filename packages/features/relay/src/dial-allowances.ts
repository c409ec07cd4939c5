import { Allowance } from "@headgate/gateway";
import type { RtmpUrl } from "@headgate/session";
import { addressOf } from "./server-address.ts";

/**
 * Connections that relays make to one server: so many at once, and then so many per second. Players ask for names, and publishers
 * come and go, as fast as they like, and each can be a connection. All pulls from an origin that comes back begin within seconds.
 */
export const MAX_DIALS_AT_ONCE = 500;
export const MAX_DIALS_PER_SECOND = 100;

/**
 * Servers whose connections are counted: a configuration names fewer, but a hook may let players and publishers choose others,
 * without end. Beyond it, the one that was connected to longest ago is forgotten. After five seconds it has its whole allowance
 * again anyway.
 */
export const MAX_COUNTED_SERVERS = 10_000;

/** Says when a relay may connect to a server. */
export class DialAllowances {
  readonly #now: () => number;
  /** By address; the one that is forgotten next comes first. */
  readonly #allowances = new Map<string, Allowance>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a connection to this server may be made now; it counts then. */
  take(url: RtmpUrl): boolean {
    const server = addressOf(url);
    const allowance = this.#allowances.get(server) ?? new Allowance(MAX_DIALS_AT_ONCE, MAX_DIALS_PER_SECOND);
    this.#allowances.delete(server);
    this.#allowances.set(server, allowance);
    const [next] = this.#allowances.keys();
    if (this.#allowances.size > MAX_COUNTED_SERVERS) this.#allowances.delete(next!);
    return allowance.take(this.#now());
  }
}
