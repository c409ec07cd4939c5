import type { GatewayLimits } from "./options.ts";

/** Counts connections, in all and by address, and says when there are enough. */
export class Admission {
  readonly #limits: Pick<GatewayLimits, "maxConnections" | "maxConnectionsPerAddress">;
  readonly #byAddress = new Map<string, number>();
  #connections = 0;

  constructor(limits: Pick<GatewayLimits, "maxConnections" | "maxConnectionsPerAddress">) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#connections;
  }

  /** The name of the limit a further connection would exceed; otherwise the connection is counted until it leaves. */
  enter(address: string): "maxConnections" | "maxConnectionsPerAddress" | undefined {
    const fromAddress = this.#byAddress.get(address) ?? 0;
    if (this.#connections >= this.#limits.maxConnections) return "maxConnections";
    if (fromAddress >= this.#limits.maxConnectionsPerAddress) return "maxConnectionsPerAddress";
    this.#connections += 1;
    this.#byAddress.set(address, fromAddress + 1);
    return undefined;
  }

  /** Counts a connection for another address instead; false if that has enough. */
  move(from: string, to: string): boolean {
    if (from === to) return true;
    const atTarget = this.#byAddress.get(to) ?? 0;
    if (atTarget >= this.#limits.maxConnectionsPerAddress) return false;
    this.leave(from);
    this.#connections += 1;
    this.#byAddress.set(to, atTarget + 1);
    return true;
  }

  leave(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    this.#connections -= 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
