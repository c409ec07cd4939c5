import { printableLines } from "./printable.ts";

/** Prints what is wrong, first the lines to which an editor can jump. The exit code is then 1. */
export function reportProblems(problems: readonly string[], conclusion: string): void {
  const text = [...problems, `headgate: ${conclusion}`].join("\n");
  process.stderr.write(`${printableLines(text)}\n`);
  process.exitCode = 1;
}

export function mistakes(count: number): string {
  return count === 1 ? "1 mistake" : `${count} mistakes`;
}
