export interface MergeOptions {
  /** The longest that a message may wait for later ones. 0 writes everything at once. Milliseconds. */
  readonly maxWindowMs: number;
  /** How busy the process may be before it merges more, as a percentage of its time. */
  readonly targetUtilizationPercent: number;
}

/** How fast the window widens while utilisation is twice the target; it narrows as fast in an idle process. */
const MS_PER_SECOND = 100;

/** The largest change at once: one busy moment is not load. Milliseconds. */
const MAX_STEP_MS = 25;

/**
 * How long messages are gathered before they are written to a viewer: not at all while there is little to do, and longer the
 * busier the process is, because it is the number of writes that a viewer costs. It is an integral controller: the window
 * settles where utilisation is the target, or at its maximum.
 */
export class MergeWindow {
  readonly #options: MergeOptions;
  #windowMs = 0;

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  /** Adapts the window to how busy the process was: the share, from 0 to 1, of the time since the last call. */
  observe(utilization: number, elapsedMs: number): void {
    const { maxWindowMs, targetUtilizationPercent } = this.#options;
    const excess = (100 * utilization) / targetUtilizationPercent - 1;
    const step = (excess * MS_PER_SECOND * elapsedMs) / 1000;
    const bounded = Math.max(-MAX_STEP_MS, Math.min(MAX_STEP_MS, step));
    this.#windowMs = Math.max(0, Math.min(maxWindowMs, this.#windowMs + bounded));
  }
}
