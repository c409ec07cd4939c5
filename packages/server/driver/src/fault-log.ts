import type { FaultScope, Faults } from "@headgate/transport";
import type { Logger } from "pino";

export const FAULT_SCOPES: readonly FaultScope[] = [
  "connection",
  "session",
  "relay",
  "request",
  "worker",
  "task",
];

/** Faults whose log lines name the session in which they happen. */
export interface SessionFaults extends Faults {
  report(scope: FaultScope, error: unknown, log?: Logger): void;
}

/** Counts faults by scope, and logs them. */
export class FaultLog implements SessionFaults {
  readonly #log: Logger;
  readonly #counts = new Map<FaultScope, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The total of all scopes. Must stay 0. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  countOf(scope: FaultScope): number {
    return this.#counts.get(scope) ?? 0;
  }

  report(scope: FaultScope, error: unknown, log: Logger = this.#log): void {
    this.#counts.set(scope, this.countOf(scope) + 1);
    log.error({ err: error, scope }, "internal error; please report it");
  }

  /** Passes the error to the handler of uncaught exceptions, which ends the process. */
  unrecoverable(error: unknown): void {
    process.nextTick(() => {
      throw error;
    });
  }
}
