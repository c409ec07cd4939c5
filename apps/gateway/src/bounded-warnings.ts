import type { Logger } from "pino";

/** Strangers can bring about as many warnings as they like: a flood of them must not become a flood of lines. */
const MAX_LINES = 20;
const INTERVAL_MS = 10_000;

/** Warnings, of which only so many are written in an interval; the first after that says how many were not. */
export class BoundedWarnings {
  readonly #log: Logger;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #written = 0;
  #omitted = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  warn(fields: object, message: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs >= INTERVAL_MS) {
      this.#sinceMs = nowMs;
      this.#written = 0;
    }
    if (this.#written === MAX_LINES) {
      this.#omitted += 1;
      return;
    }
    this.#written += 1;
    const omitted = this.#omitted > 0 && { omitted: this.#omitted };
    this.#omitted = 0;
    this.#log.warn({ ...fields, ...omitted }, message);
  }
}
