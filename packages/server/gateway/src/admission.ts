import { addressKey, Counts } from "@headgate/transport";
import type { GatewayLimits } from "./config.ts";

/** Counts connections, or what costs as much as one, in all and by address, and says when there are enough. The addresses of an IPv6 /64 are one. */
export class Admission {
  readonly #limits: Pick<GatewayLimits, "maxConnections" | "maxConnectionsPerAddress">;
  readonly #byKey = new Counts<string>();
  #connections = 0;

  constructor(limits: Pick<GatewayLimits, "maxConnections" | "maxConnectionsPerAddress">) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#connections;
  }

  /** The name of the limit a further connection would exceed; otherwise the connection is counted until it leaves. */
  enter(address: string): "maxConnections" | "maxConnectionsPerAddress" | undefined {
    const key = addressKey(address);
    if (this.#connections >= this.#limits.maxConnections) return "maxConnections";
    if (!this.#hasRoom(key)) return "maxConnectionsPerAddress";
    this.#count(key, 1);
    return undefined;
  }

  /** Counts a connection for another address instead; false if that has enough. */
  move(from: string, to: string): boolean {
    const key = addressKey(to);
    if (addressKey(from) === key) return true;
    if (!this.#hasRoom(key)) return false;
    this.leave(from);
    this.#count(key, 1);
    return true;
  }

  leave(address: string): void {
    this.#count(addressKey(address), -1);
  }

  #hasRoom(key: string): boolean {
    return this.#byKey.of(key) < this.#limits.maxConnectionsPerAddress;
  }

  #count(key: string, change: 1 | -1): void {
    this.#connections += change;
    this.#byKey.add(key, change);
  }
}
