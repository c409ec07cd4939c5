import { setImmediate } from "node:timers/promises";

/** Does a long work step by step. Everything else has its turn between two steps. */
export async function inTurns<Result>(steps: Iterator<undefined, Result, undefined>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}
