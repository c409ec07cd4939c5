import type { RefusalCode } from "./refusals.ts";

/** Connections over these limits are closed without a word. */
type ConnectionLimit = "maxConnections" | "maxConnectionsPerAddress" | "closing";

/** How often requests and connections were refused, by the code of the reason. There are only so many codes. */
export class RefusalCounts {
  /** What an operator is woken for is told before it has happened: else Prometheus would see no growth at its first time. */
  readonly #counts = new Map<string, number>([["maxConnections", 0]]);

  get byCode(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(code: RefusalCode | ConnectionLimit): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }
}
