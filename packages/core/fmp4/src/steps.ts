/** A long work, step by step: whoever has it done may do something else between two steps. */
export type Steps<Result = void> = Generator<undefined, Result, undefined>;

/** Entries of a table that one step writes: they take about a tenth of a millisecond. */
export const STEP_ENTRIES = 4_096;

/** Does all steps at once. */
export function doAll<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
