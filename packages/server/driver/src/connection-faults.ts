import { type FaultScope, Guard } from "@headgate/transport";
import type { DriverOwner } from "./driver-owner.ts";
import type { SessionFaults } from "./fault-log.ts";

/** Reports the faults of one connection, with its log, and ends it. */
export class ConnectionFaults {
  readonly guard: Guard;
  readonly #faults: SessionFaults;
  readonly #owner: Pick<DriverOwner<never>, "log" | "faultScope">;
  readonly #scope: FaultScope;

  constructor(faults: SessionFaults, owner: Pick<DriverOwner<never>, "log" | "faultScope">, end: () => void) {
    this.#faults = faults;
    this.#owner = owner;
    this.#scope = owner.faultScope ?? "session";
    const report = (scope: FaultScope, error: unknown): void => faults.report(scope, error, owner.log);
    const unrecoverable = (error: unknown): void => faults.unrecoverable(error);
    this.guard = new Guard({ report, unrecoverable }, this.#scope, end);
  }

  /** For a connection that is ending already. */
  report(error: unknown): void {
    this.#faults.report(this.#scope, error, this.#owner.log);
  }
}
