import type { Random } from "@headgate/testkit";

/** One piece of the program that takes input from peers, with the properties that must hold whatever the input is. */
export interface Target {
  readonly name: string;
  /** Makes an input: mostly valid input that was changed somewhere. */
  make(random: Random): Uint8Array;
  /**
   * Gives the input to the piece. Throws, or rejects, if a property does not hold. The outcome depends on the input
   * alone, so that a failure can be replayed and made smaller.
   */
  run(input: Uint8Array): void | Promise<void>;
}
