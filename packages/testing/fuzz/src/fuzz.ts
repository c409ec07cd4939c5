import { Random } from "@headgate/testkit";
import { minimise } from "./minimise.ts";
import { inputSeed } from "./seeds.ts";
import type { Target } from "./target.ts";

export interface FuzzOptions {
  readonly targets: readonly Target[];
  readonly seed: number;
  /** When the run ends, on the clock of `performance.now()`. All targets have turns of the same length. */
  readonly untilMs?: number;
  /** How many inputs each target gets, in place of a time. */
  readonly inputsPerTarget?: number;
  /** Called before each input, so that a watchdog can name one that never ends. */
  readonly onInput?: (target: Target, index: number) => void;
}

export interface TargetReport {
  readonly name: string;
  readonly inputs: number;
  readonly seconds: number;
  /** The longest time that an input took. Milliseconds. */
  readonly slowestMs: number;
  readonly slowestIndex: number;
}

export interface Failure {
  readonly target: string;
  readonly index: number;
  readonly error: unknown;
  /** The input, minimised. */
  readonly input: Uint8Array;
}

export interface FuzzReport {
  readonly targets: readonly TargetReport[];
  readonly failure: Failure | undefined;
}

/** One target's turn. Milliseconds. */
const TURN_MS = 200;

/** Inputs of a target between two readings of the clock. */
const INPUTS_PER_LOOK = 16;

/** Gives inputs to all targets in turn, until the time is over, each has had its number, or one fails. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const tallies = options.targets.map((target) => new Tally(target));
  for (let isDone = false; !isDone; ) {
    isDone = true;
    for (const tally of tallies) {
      const failure = await tally.turn(options);
      if (failure) return { targets: tallies.map((each) => each.report), failure };
      if (!tally.isDone(options)) isDone = false;
    }
  }
  return { targets: tallies.map((each) => each.report), failure: undefined };
}

/** Makes the input of a seed again. */
export function inputOf(target: Target, seed: number, index: number): Uint8Array {
  return target.make(new Random(inputSeed(seed, target.name, index)));
}

/** The statistics of one target. */
class Tally {
  readonly #target: Target;
  #inputs = 0;
  #elapsedMs = 0;
  #slowestMs = 0;
  #slowestIndex = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  get report(): TargetReport {
    return {
      name: this.#target.name,
      inputs: this.#inputs,
      seconds: this.#elapsedMs / 1000,
      slowestMs: this.#slowestMs,
      slowestIndex: this.#slowestIndex,
    };
  }

  isDone({
    inputsPerTarget = Number.POSITIVE_INFINITY,
    untilMs = Number.POSITIVE_INFINITY,
  }: FuzzOptions): boolean {
    return this.#inputs >= inputsPerTarget || performance.now() >= untilMs;
  }

  async turn(options: FuzzOptions): Promise<Failure | undefined> {
    const startMs = performance.now();
    let nowMs = startMs;
    while (nowMs - startMs < TURN_MS && !this.isDone(options)) {
      const failure = await this.#some(options);
      if (failure) return failure;
      nowMs = performance.now();
    }
    this.#elapsedMs += nowMs - startMs;
    return undefined;
  }

  async #some(options: FuzzOptions): Promise<Failure | undefined> {
    const { seed, onInput, inputsPerTarget = Number.POSITIVE_INFINITY } = options;
    for (let i = 0; i < INPUTS_PER_LOOK && this.#inputs < inputsPerTarget; i += 1) {
      const index = this.#inputs;
      onInput?.(this.#target, index);
      const input = inputOf(this.#target, seed, index);
      const startMs = performance.now();
      try {
        const running = this.#target.run(input);
        if (running) await running;
      } catch (error) {
        return { target: this.#target.name, index, ...(await smallest(this.#target, input, error)) };
      }
      this.#note(index, performance.now() - startMs);
    }
    return undefined;
  }

  #note(index: number, tookMs: number): void {
    this.#inputs += 1;
    if (tookMs <= this.#slowestMs) return;
    this.#slowestMs = tookMs;
    this.#slowestIndex = index;
  }
}

/** A smaller input may fail in another way. That is a fault as well, and its error is shown. */
async function smallest(
  target: Target,
  input: Uint8Array,
  error: unknown,
): Promise<{ readonly input: Uint8Array; readonly error: unknown }> {
  let last = error;
  const minimised = await minimise(input, async (candidate) => {
    try {
      await target.run(candidate);
      return false;
    } catch (other) {
      last = other;
      return true;
    }
  });
  return { input: minimised, error: last };
}
