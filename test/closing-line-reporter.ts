import type { Reporter, TestModule } from "vitest/node";

/** Ends every run with a line `N passed, N failed`, which CI reads, after the tests that needed a second try, and why. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    let note = "";
    for (const module of modules) {
      // What goes wrong around tests: a file that cannot be read, a suite that cannot be set up.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failed += 1;
        else skipped += 1;
        if (test.diagnostic()?.flaky)
          note += `PASSED AT THE SECOND TRY: ${module.relativeModuleId} > ${test.fullName}\n${errors[0]?.stack}\n`;
      }
    }
    note += `${passed} passed, ${failed} failed`;
    if (skipped > 0) note += `, ${skipped} skipped`;
    process.on("exit", () => process.stdout.write(`\n${note}\n`));
  }
}
