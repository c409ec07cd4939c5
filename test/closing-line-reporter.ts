import type { TestError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** How the tests of a file have ended. */
interface Outcome {
  readonly passed: number;
  readonly skipped: number;
  /** What was wrong, by the test's name; what goes wrong around the tests has the suite's. */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * Ends every run with a line `N passed, N failed`, which CI reads, after the tests that needed a second try, and why. A file that
 * was run again counts as it ended.
 */
export default class ClosingLineReporter implements Reporter {
  readonly #outcomes = new Map<string, Outcome>();
  #unhandledErrors = 0;
  #note = "";

  onInit(): void {
    process.on("exit", () => this.#close());
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    this.#unhandledErrors += errors.length;
    for (const module of modules) {
      const file = `${module.project.name} ${module.relativeModuleId}`;
      const outcome = outcomeOf(module);
      for (const [name, error] of this.#outcomes.get(file)?.failed ?? [])
        if (!outcome.failed.has(name))
          this.#note += `PASSED AT THE SECOND TRY: ${file} > ${name}\n${error}\n`;
      this.#outcomes.set(file, outcome);
    }
  }

  #close(): void {
    let passed = 0;
    let skipped = 0;
    let failed = this.#unhandledErrors;
    for (const outcome of this.#outcomes.values()) {
      passed += outcome.passed;
      skipped += outcome.skipped;
      failed += outcome.failed.size;
    }
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    process.stdout.write(`\n${this.#note}${line}\n`);
    // Vitest has set it for what failed at the first try.
    if (this.#outcomes.size > 0) process.exitCode = failed > 0 ? 1 : 0;
  }
}

function outcomeOf(module: TestModule): Outcome {
  let passed = 0;
  let skipped = 0;
  const failed = new Map<string, string>();
  // What goes wrong around tests: a file that cannot be read, a suite that cannot be set up.
  for (const suite of [module, ...module.children.allSuites()]) {
    const [error] = suite.errors();
    if (error) failed.set(suite.type === "module" ? "the file" : suite.fullName, whatWasWrong(error));
  }
  for (const test of module.children.allTests()) {
    const { state, errors } = test.result();
    if (state === "passed") passed += 1;
    else if (state === "failed") failed.set(test.fullName, whatWasWrong(errors[0]));
    else skipped += 1;
  }
  return { passed, skipped, failed };
}

function whatWasWrong(error: TestError | undefined): string {
  return [error?.stack, error?.diff].filter((part) => part !== undefined).join("\n");
}
