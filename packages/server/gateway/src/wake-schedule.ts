import { type Faults, Guard } from "@headgate/transport";
import type { Flushable } from "./audience.ts";

/** Those that are due in one such step are woken together: a timer costs as much as many readers. Milliseconds. */
const STEP_MS = 50;

/** A reader that is due later is woken at this time, and says again when it is due: so there are few steps. Milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Readers that will have something to write at a time of their own: players of recordings. All of them share one timer. */
export class WakeSchedule {
  readonly #wake: (reader: Flushable) => void;
  /** By the number of the step in which they are due. */
  readonly #steps = new Map<number, Set<Flushable>>();
  readonly #stepOf = new Map<Flushable, number>();
  readonly #onTimer: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** For which the timer is. */
  #timerStep = Number.POSITIVE_INFINITY;

  constructor(wake: (reader: Flushable) => void, faults: Faults) {
    this.#wake = wake;
    const guard = new Guard(faults, "task", () => this.#awaitNext());
    this.#onTimer = guard.entry(() => {
      this.#timer = undefined;
      this.#timerStep = Number.POSITIVE_INFINITY;
      this.#wakeDue(performance.now());
      this.#awaitNext();
    });
  }

  /** In place of what it has said before. Milliseconds of `performance.now`. */
  add(reader: Flushable, dueMs: number): void {
    const step = Math.ceil(Math.min(dueMs, performance.now() + MAX_WAIT_MS) / STEP_MS);
    const known = this.#stepOf.get(reader);
    if (known === step) return;
    if (known !== undefined) this.#leave(reader, known);
    const readers = this.#steps.get(step) ?? new Set();
    this.#steps.set(step, readers.add(reader));
    this.#stepOf.set(reader, step);
    if (step < this.#timerStep) this.#await(step);
  }

  delete(reader: Flushable): void {
    const step = this.#stepOf.get(reader);
    if (step === undefined) return;
    this.#leave(reader, step);
    this.#stepOf.delete(reader);
    if (this.#stepOf.size === 0) this.#stop();
  }

  #leave(reader: Flushable, step: number): void {
    const readers = this.#steps.get(step);
    readers?.delete(reader);
    if (readers?.size === 0) this.#steps.delete(step);
  }

  #wakeDue(nowMs: number): void {
    for (const [step, readers] of this.#steps) {
      if (step * STEP_MS > nowMs + 1) continue;
      this.#steps.delete(step);
      for (const reader of readers) {
        this.#stepOf.delete(reader);
        this.#wake(reader);
      }
    }
  }

  #awaitNext(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const step of this.#steps.keys()) next = Math.min(next, step);
    if (next < this.#timerStep) this.#await(next);
  }

  #await(step: number): void {
    clearTimeout(this.#timer);
    this.#timerStep = step;
    this.#timer = setTimeout(this.#onTimer, Math.max(0, step * STEP_MS - performance.now()));
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerStep = Number.POSITIVE_INFINITY;
  }
}
