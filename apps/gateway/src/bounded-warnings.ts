import type { ProtocolErrorCode } from "@headgate/bytes";
import type { Logger } from "pino";

/** Strangers can bring about as many warnings as they like: a flood of them must not become a flood of lines. */
const MAX_LINES = 20;
const INTERVAL_MS = 10_000;

interface Budget {
  sinceMs: number;
  written: number;
  omitted: number;
}

/** Warnings, of which only so many of each code are written in an interval; the next one says how many were not. */
export class BoundedWarnings {
  readonly #log: Logger;
  readonly #budgets = new Map<ProtocolErrorCode, Budget>();

  constructor(log: Logger) {
    this.#log = log;
  }

  warn(code: ProtocolErrorCode, fields: object, message: string): void {
    const nowMs = performance.now();
    const { sinceMs, written, omitted } = this.#budgets.get(code) ?? NEW;
    const isOver = nowMs - sinceMs >= INTERVAL_MS;
    if (!isOver && written === MAX_LINES) {
      this.#budgets.set(code, { sinceMs, written, omitted: omitted + 1 });
      return;
    }
    this.#budgets.set(code, {
      sinceMs: isOver ? nowMs : sinceMs,
      written: isOver ? 1 : written + 1,
      omitted: 0,
    });
    this.#log.warn({ code, ...fields, ...(omitted > 0 && { omitted }) }, message);
  }
}

const NEW: Budget = { sinceMs: Number.NEGATIVE_INFINITY, written: 0, omitted: 0 };
