import { describe, expect, it } from "vitest";
import { check } from "./check.ts";
import { fuzz, inputOf } from "./fuzz.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_26;

/** A few seconds of all targets together. A run of hours finds more. */
const INPUTS_PER_TARGET = 250;

describe.each(TARGETS)("$name", (target) => {
  it("stands hostile input", async () => {
    const { failure } = await fuzz({ targets: [target], seed: SEED, inputsPerTarget: INPUTS_PER_TARGET });
    expect(failure).toBeUndefined();
  });

  it("makes the same input from the same seed, and other inputs from others", () => {
    const [one, again, other] = [inputOf(target, 1, 5), inputOf(target, 1, 5), inputOf(target, 2, 5)];
    expect(again).toEqual(one);
    expect([inputOf(target, 1, 6), other]).not.toEqual([one, one]);
  });
});

/** Trusts a length in its input, as decoders must not. */
const TRUSTING: Target = {
  name: "trusting",
  make: (random) => Uint8Array.of(...random.bytes(20), random.pick([1, 200]), ...random.bytes(20)),
  run: (input) => check((input[20] ?? 0) < 128, "a length is believed"),
};

describe("a target that fails", () => {
  it("ends the run, with a minimised input", async () => {
    const { failure } = await fuzz({ targets: [TRUSTING], seed: SEED, inputsPerTarget: 100 });
    expect(failure).toMatchObject({ target: "trusting", error: new Error("a length is believed") });
    expect(failure?.input).toEqual(Uint8Array.of(...new Uint8Array(20), 200));
    expect(() => TRUSTING.run(inputOf(TRUSTING, SEED, failure?.index ?? 0))).toThrow("a length is believed");
  });

  it("may also fail with a rejected promise", async () => {
    const later: Target = { ...TRUSTING, run: async (input) => TRUSTING.run(input) };
    const { failure } = await fuzz({ targets: [later], seed: SEED, inputsPerTarget: 100 });
    expect(failure).toMatchObject({ target: "trusting" });
  });
});

it("targets have turns until the time is over", async () => {
  const targets = TARGETS.slice(0, 2);
  const report = await fuzz({ targets, seed: SEED, untilMs: performance.now() + 50 });
  expect(report.targets[0]?.inputs).toBeGreaterThan(0);
  expect(report.failure).toBeUndefined();
});
