import { readFileSync } from "node:fs";
import { reportProblems } from "./report-problems.ts";
import { identifySwf } from "./swf-identity.ts";

/** Prints the lines that `swfVerification` in the configuration needs for SWF files. */
export function swf(files: readonly string[]): void {
  const problems: string[] = [];
  for (const file of files) {
    try {
      const { size, hash } = identifySwf(readFileSync(file));
      process.stdout.write(`- { size: ${size}, hash: ${Buffer.from(hash).toString("hex")} }  # ${file}\n`);
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) reportProblems(problems, "not all files can be verified.");
}
