import { Worker } from "node:worker_threads";
import type { Target } from "./target.ts";

/** The data of the watching thread. */
export interface WatchdogData {
  /** The target and the index of the input that runs now. */
  readonly state: SharedArrayBuffer;
  readonly seed: number;
  readonly names: readonly string[];
}

/** Ends the process if an input never ends, and names the input: an endless loop cannot be left in any other way. */
export class Watchdog {
  readonly #state = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));
  readonly #names: readonly string[];
  readonly #worker: Worker;

  constructor(seed: number, names: readonly string[]) {
    this.#names = names;
    const workerData: WatchdogData = { state: this.#state.buffer as SharedArrayBuffer, seed, names };
    this.#worker = new Worker(new URL("watchdog-thread.js", import.meta.url), { workerData });
    this.#worker.unref();
  }

  note(target: Target, index: number): void {
    this.#state[0] = this.#names.indexOf(target.name);
    this.#state[1] = index;
  }

  stop(): void {
    this.#worker.terminate().catch(() => {});
  }
}
