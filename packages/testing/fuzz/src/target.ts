import type { Random } from "@headgate/testkit";

/** A part of the program that takes input from peers, with the properties that hold for any input. */
export interface Target {
  readonly name: string;
  /** Makes an input: valid input, changed somewhere, most of the time. */
  make(random: Random): Uint8Array;
  /**
   * Runs the part with this input. Throws, or rejects, if a property does not hold. The outcome depends on the input
   * alone, so that a failure can be replayed and minimised.
   */
  run(input: Uint8Array): void | Promise<void>;
}
