interface Timer {
  readonly run: () => void;
  readonly repeatMs: number | undefined;
  dueMs: number;
}

/** What virtual time replaces, and the original of each. */
const REAL = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };

/**
 * Replaces the timers and the clock of the process with ones that stand still until time is passed. For code that runs
 * to its end without waiting: afterwards the process has its own again.
 */
export class VirtualTime {
  readonly #timers = new Set<Timer>();
  #immediates: (() => void)[] = [];
  #nowMs = 1000;

  /** Runs the work in virtual time. */
  run(work: () => void): void {
    Object.assign(globalThis, this.#replacements());
    performance.now = () => this.#nowMs;
    try {
      work();
    } finally {
      Object.assign(globalThis, REAL);
      // The method of the prototype is left.
      Reflect.deleteProperty(performance, "now");
    }
  }

  /** Timers that are due later, or that repeat. */
  get pending(): number {
    return this.#timers.size + this.#immediates.length;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** One turn of the event loop. Returns whether there was anything to do. */
  turn(): boolean {
    const due = this.#immediates;
    this.#immediates = [];
    for (const run of due) run();
    return due.length > 0;
  }

  /** Lets time pass. Timers that are due run in order. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let timer = this.#next(endMs); timer; timer = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      if (timer.repeatMs === undefined) this.#timers.delete(timer);
      else timer.dueMs = this.#nowMs + timer.repeatMs;
      timer.run();
    }
    this.#nowMs = endMs;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.dueMs <= (next?.dueMs ?? untilMs)) next = timer;
    return next;
  }

  #replacements(): Record<keyof typeof REAL, (...args: never[]) => unknown> {
    const clear = (handle: { timer?: Timer } | undefined) =>
      handle?.timer && this.#timers.delete(handle.timer);
    return {
      setTimeout: (run: () => void, ms = 0) => this.#start(run, ms, undefined),
      setInterval: (run: () => void, ms = 0) => this.#start(run, ms, Math.max(1, ms)),
      setImmediate: (run: () => void) => {
        this.#immediates.push(run);
        return run;
      },
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: (run: () => void) => {
        this.#immediates = this.#immediates.filter((other) => other !== run);
      },
    };
  }

  #start(run: () => void, ms: number, repeatMs: number | undefined): object {
    const timer: Timer = { run, repeatMs, dueMs: this.#nowMs + ms };
    this.#timers.add(timer);
    const handle = { timer, ref: () => handle, unref: () => handle };
    return handle;
  }
}
