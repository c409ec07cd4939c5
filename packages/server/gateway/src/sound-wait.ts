import { TIMER_STEP_MS } from "@headgate/driver";
import { type Faults, Guard } from "@headgate/transport";
import type { Audience } from "./audience.ts";

/**
 * Sound that waits for the next picture of its stream, to be written together with it: two of three messages are sound, and it is
 * the number of writes that a viewer costs. One timer serves all streams.
 */
export class SoundWait {
  readonly #maxMs: number;
  readonly #onOver: (audience: Audience) => void;
  /** Until when each waits. All wait equally long, so the first is the next. */
  readonly #waiting = new Map<Audience, number>();
  #isTimed = false;
  readonly #onTimer: () => void;

  /** `onOver` is called for those whose picture has not come in `maxMs`. */
  constructor(maxMs: number, onOver: (audience: Audience) => void, faults: Faults) {
    this.#maxMs = maxMs;
    this.#onOver = onOver;
    const guard = new Guard(faults, "task", () => {});
    this.#onTimer = guard.entry(() => this.#end(performance.now()));
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  add(audience: Audience): void {
    if (this.#waiting.has(audience)) return;
    this.#waiting.set(audience, performance.now() + this.#maxMs);
    this.#time(this.#maxMs);
  }

  /** The picture has come. */
  delete(audience: Audience): void {
    this.#waiting.delete(audience);
  }

  #end(nowMs: number): void {
    this.#isTimed = false;
    for (const [audience, untilMs] of this.#waiting) {
      if (untilMs - nowMs >= TIMER_STEP_MS) return this.#time(untilMs - nowMs);
      this.#waiting.delete(audience);
      this.#onOver(audience);
    }
  }

  #time(ms: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(this.#onTimer, ms);
  }
}
