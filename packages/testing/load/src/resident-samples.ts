import { residentBytes } from "./process-costs.ts";

/** One every second. Bytes. */
export interface Memory {
  /** Before the first publisher came. */
  readonly idleBytes: number;
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
  readonly #idleBytes: number;
  #beforeBytes: number;
  readonly #samples: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#idleBytes = residentBytes(pid);
    this.#beforeBytes = this.#idleBytes;
  }

  /** The publishers are there, and the viewers come now. */
  beforeViewers(): void {
    this.#beforeBytes = residentBytes(this.#pid);
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
      idleBytes: this.#idleBytes,
      beforeBytes: this.#beforeBytes,
      beginBytes: eachSecondBytes[0] ?? endBytes,
      endBytes,
      peakBytes: Math.max(endBytes, ...eachSecondBytes),
      eachSecondBytes,
    };
  }
}
