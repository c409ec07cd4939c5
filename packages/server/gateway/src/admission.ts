import { addressKey } from "@headgate/transport";
import type { GatewayLimits } from "./config.ts";

/** Counts connections, in all and by address, and says when there are enough. The addresses of an IPv6 /64 are one. */
export class Admission {
  readonly #limits: Pick<GatewayLimits, "maxConnections" | "maxConnectionsPerAddress">;
  readonly #byKey = new Map<string, number>();
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
    const fromAddress = this.#byKey.get(key) ?? 0;
    if (this.#connections >= this.#limits.maxConnections) return "maxConnections";
    if (fromAddress >= this.#limits.maxConnectionsPerAddress) return "maxConnectionsPerAddress";
    this.#connections += 1;
    this.#byKey.set(key, fromAddress + 1);
    return undefined;
  }

  /** Counts a connection for another address instead; false if that has enough. */
  move(from: string, to: string): boolean {
    const key = addressKey(to);
    if (addressKey(from) === key) return true;
    const atTarget = this.#byKey.get(key) ?? 0;
    if (atTarget >= this.#limits.maxConnectionsPerAddress) return false;
    this.leave(from);
    this.#connections += 1;
    this.#byKey.set(key, atTarget + 1);
    return true;
  }

  leave(address: string): void {
    const key = addressKey(address);
    const left = (this.#byKey.get(key) ?? 1) - 1;
    this.#connections -= 1;
    if (left > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }
}
