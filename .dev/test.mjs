// Runs the tests as `vitest run` does, with its options and filters, and the files that have failed a second time, each alone:
// thousands of tests wait for programs, sockets and clocks of a machine that others use as well. What fails twice is a fault;
// what passes at the second try is named at the end of the run.

import { createVitest, parseCLI } from "vitest/node";

/** With more files than this, something is broken, and the first run has told what. */
const MAX_SECOND_TRIES = 12;

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const vitest = await createVitest("test", { config: "test/vitest.config.ts", ...options });
try {
  await vitest.start(filter);
  const failed = vitest.state.getTestModules().filter((module) => module.state() === "failed");
  if (failed.length <= MAX_SECOND_TRIES)
    for (const module of failed) await vitest.runTestSpecifications([module.toTestSpecification()]);
} finally {
  await vitest.close();
}
