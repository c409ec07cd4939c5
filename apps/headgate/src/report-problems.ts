import { printableLines } from "./printable.ts";

/** Tells a person what is wrong, with the lines an editor can jump to first; the process then ends with 1. */
export function reportProblems(problems: readonly string[], conclusion: string): void {
  const text = [...problems, `headgate: ${conclusion}`].join("\n");
  process.stderr.write(`${printableLines(text)}\n`);
  process.exitCode = 1;
}

export function mistakes(count: number): string {
  return count === 1 ? "1 mistake" : `${count} mistakes`;
}
