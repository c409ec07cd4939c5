import { inspect } from "node:util";
import type { Failure, FuzzReport, TargetReport } from "./fuzz.ts";

/** A line for each target: how many inputs it has had. */
export function describeReport({ targets }: FuzzReport): string {
  const inputs = targets.reduce((sum, target) => sum + target.inputs, 0);
  const seconds = targets.reduce((sum, target) => sum + target.seconds, 0);
  const rows = [...targets.map(rowOf), `${"all".padEnd(20)}${rate(inputs, seconds)}`];
  return `${rows.join("\n")}\n`;
}

/** Describes a failure, and how to reproduce it. */
export function describeFailure({ target, index, error, input }: Failure, seed: number): string {
  const digits = Buffer.from(input).toString("hex");
  return `
FAILED: ${target}, input ${index} of seed ${seed}
${inspect(error)}
minimised: ${digits}
again: npm run fuzz -- --targets ${target} --replay ${digits || "''"}
`;
}

function rowOf({ name, inputs, seconds, slowestMs, slowestIndex }: TargetReport): string {
  return `${name.padEnd(20)}${rate(inputs, seconds)}, slowest ${slowestMs.toFixed(1)} ms (input ${slowestIndex})`;
}

function rate(inputs: number, seconds: number): string {
  const perSecond = seconds > 0 ? Math.round(inputs / seconds) : 0;
  return `${String(inputs).padStart(10)} inputs ${String(perSecond).padStart(8)}/s`;
}
