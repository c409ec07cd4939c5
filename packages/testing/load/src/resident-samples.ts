import { residentBytes } from "./process-costs.ts";

/** One every second. Bytes. */
export interface Memory {
  /** Before the first viewer came. */
  readonly beforeBytes: number;
  readonly beginBytes: number;
  readonly endBytes: number;
  readonly peakBytes: number;
  readonly eachSecondBytes: readonly number[];
}

const EVERY_MS = 1_000;

/** The resident memory of a process while something is measured. */
export class ResidentSamples {
  readonly #pid: number;
  readonly #beforeBytes: number;
  readonly #samples: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#beforeBytes = residentBytes(pid);
  }

  begin(): void {
    this.#samples.push(residentBytes(this.#pid));
    this.#timer = setInterval(() => this.#samples.push(residentBytes(this.#pid)), EVERY_MS);
  }

  /** Stops, and returns the samples. */
  end(): Memory {
    clearInterval(this.#timer);
    const endBytes = residentBytes(this.#pid);
    const eachSecondBytes = [...this.#samples];
    return {
      beforeBytes: this.#beforeBytes,
      beginBytes: eachSecondBytes[0] ?? endBytes,
      endBytes,
      peakBytes: Math.max(endBytes, ...eachSecondBytes),
      eachSecondBytes,
    };
  }
}
