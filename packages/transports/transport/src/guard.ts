/** What is ended when its code fails. A `task` and a `worker` serve all peers and go on. */
export type FaultScope = "connection" | "session" | "relay" | "request" | "worker" | "task";

/** Counts and logs faults: errors that are mistakes of this program, not a peer's. */
export interface Faults {
  report(scope: FaultScope, error: unknown): void;
  /** A fault could not be contained, so the state of the process cannot be trusted any more. */
  unrecoverable(error: unknown): void;
}

const GOES_ON: ReadonlySet<FaultScope> = new Set(["task", "worker"]);

/**
 * The entry for everything that happens outside: socket events, timers, settled promises, messages of other processes. An
 * exception in such code ends the one thing that the guard stands for, never the process.
 */
export class Guard {
  readonly #faults: Faults;
  readonly #scope: FaultScope;
  readonly #end: (error: unknown) => void;
  #hasFailed = false;

  /**
   * `end` is called at the first fault, or at each one if the guarded thing goes on. It must leave nothing open that the guard
   * stands for.
   */
  constructor(faults: Faults, scope: FaultScope, end: (error: unknown) => void) {
    this.#faults = faults;
    this.#scope = scope;
    this.#end = end;
  }

  /** Runs the work now. Never throws. */
  run(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The same work as a callback, for `on`, `setTimeout` and their kind. */
  entry<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        work(...args);
      } catch (error) {
        this.fail(error);
      }
    };
  }

  /** Handles the outcome of a promise. Without `onRejected` a rejection is a fault. */
  settle<Value>(
    promise: Promise<Value>,
    onFulfilled: (value: Value) => void,
    onRejected?: (error: unknown) => void,
  ): void {
    promise.then(onFulfilled, onRejected).catch((error: unknown) => this.fail(error));
  }

  /** Reports a fault that was caught elsewhere, and ends what the guard stands for. */
  fail(error: unknown): void {
    if (this.#hasFailed && !GOES_ON.has(this.#scope)) return;
    this.#hasFailed = true;
    try {
      this.#faults.report(this.#scope, error);
      this.#end(error);
    } catch (second) {
      this.#faults.unrecoverable(second);
    }
  }
}
