import { afterAll, expect, test } from "vitest";
import { areMissing, areRequired, everyProgram, titleOf } from "../support/programs.ts";

const missing = everyProgram.filter((program) => areMissing(program));

afterAll(() => {
  if (missing.length === 0) return;
  const rule = "!".repeat(100);
  const rows = missing.flatMap(({ name, needed, install }) => [`  ${name}: ${needed}`, `      ${install}`]);
  const what = areRequired ? "are required here" : "are skipped";
  console.error(
    ["", rule, `PROGRAMS ARE MISSING, and the tests that need them ${what}:`, ...rows, rule, ""].join("\n"),
  );
});

for (const program of everyProgram) {
  test(`${titleOf(program)}, which ${program.needed}, is here`, ({ skip }) => {
    skip(areMissing(program) && !areRequired, program.install);
    expect(program.version, program.install).toBeDefined();
  });
}
