export interface MergeOptions {
  /** The longest that sound waits for the next picture. Milliseconds. */
  readonly soundWaitMs: number;
  /** The longest that a message may wait for later ones. 0 writes everything at once. Milliseconds. */
  readonly maxWindowMs: number;
  /** The same in a process that would otherwise have no time left. Milliseconds. */
  readonly maxWindowUnderLoadMs: number;
  /** How busy the process may be before it merges more, as a percentage of its time. */
  readonly targetUtilizationPercent: number;
}

/** How fast the window widens while utilisation is twice the target; it narrows as fast in an idle process. */
const MS_PER_SECOND = 100;

/** The largest change at once: one busy moment is not load. Milliseconds. */
const MAX_STEP_MS = 25;

/** A window that no player notices opens at a part of the target already. Milliseconds. */
const FIRST_WINDOW_MS = 35;
const FIRST_SHARE_OF_TARGET = 1 / 4;

/**
 * A process with a window of `maxWindow` comes under load when it has been busy for more than this share of its time, by a second
 * in all: 3 seconds of all its time, or 10 of 70 percent of it.
 */
export const LOAD_BEGINS = 0.6;

/** A process that does something else for most of its time would gain nothing. */
const WRITING_OF_LOAD = 1 / 3;
/**
 * The process is no longer under load when it has been less busy than this for so long. The share is so low because the longer
 * window saves up to half of the time. The wait is short because a thousand viewers who come at one moment make it busy for some
 * seconds only.
 */
const LOAD_ENDS = 0.3;
const LOAD_ENDS_AFTER_MS = 3_000;

/**
 * How long messages are gathered before they are written to a viewer: not at all while there is nothing to do, and longer the
 * busier the process is, because it is the number of writes that a viewer costs. It is an integral controller: the window
 * settles where utilisation is the target, or at its maximum, which is a longer one under load.
 */
export class MergeWindow {
  readonly #options: MergeOptions;
  #windowMs = 0;
  /** Rises and falls with load. At 1 the process comes under load, and at 0 it is no longer under load. */
  #load = 0;
  #isUnderLoad = false;

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  /** The longest that messages may wait, unless the process is under load. */
  get maxMs(): number {
    return this.#options.maxWindowMs;
  }

  /**
   * Adapts the window to how busy the process was, and with writing to viewers: the shares, from 0 to 1, of the time since the last
   * call.
   */
  observe(utilization: number, elapsedMs: number, writing: number): void {
    this.#noteLoad(writing < WRITING_OF_LOAD * utilization ? 0 : utilization, elapsedMs);
    const target = this.#options.targetUtilizationPercent / 100;
    const first = this.#windowFor(utilization / (target * FIRST_SHARE_OF_TARGET), elapsedMs);
    const wanted = Math.max(
      this.#windowFor(utilization / target, elapsedMs),
      Math.min(first, FIRST_WINDOW_MS),
    );
    this.#windowMs = Math.max(this.#windowMs - MAX_STEP_MS, Math.min(this.#currentMaxMs, wanted));
  }

  /** The next window if utilisation is so many times the target. */
  #windowFor(load: number, elapsedMs: number): number {
    const step = ((load - 1) * MS_PER_SECOND * elapsedMs) / 1000;
    return Math.max(0, this.#windowMs + Math.max(-MAX_STEP_MS, Math.min(MAX_STEP_MS, step)));
  }

  get #currentMaxMs(): number {
    const { maxWindowMs, maxWindowUnderLoadMs } = this.#options;
    return this.#isUnderLoad && maxWindowMs > 0 ? Math.max(maxWindowMs, maxWindowUnderLoadMs) : maxWindowMs;
  }

  #noteLoad(utilization: number, elapsedMs: number): void {
    const change = this.#isUnderLoad
      ? Math.sign(utilization - LOAD_ENDS) * (elapsedMs / LOAD_ENDS_AFTER_MS)
      : (utilization - LOAD_BEGINS) * (elapsedMs / 1000);
    this.#load = Math.max(0, Math.min(1, this.#load + change));
    if (this.#load === 0) this.#isUnderLoad = false;
    if (this.#load === 1) this.#isUnderLoad = this.#windowMs >= this.#options.maxWindowMs;
  }
}
