import { defineConfig, type ViteUserConfig } from "vitest/config";

function pathOf(file: string): string {
  return new URL(file, import.meta.url).pathname;
}

/** One run for everything: the unit tests beside the sources and what spans packages here. */
const config: ViteUserConfig = defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["packages/*/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", pathOf("./matrix-reporter.ts"), pathOf("./closing-line-reporter.ts")],
    testTimeout: 20_000,
    hookTimeout: 40_000,
    // Thousands of tests wait for programs, sockets and clocks of a machine that others use as well. What fails twice is a fault;
    // what passes at the second try is named at the end of the run.
    retry: 1,
    // Most of the time goes to waiting for media that plays in real time.
    maxWorkers: 2,
    maxConcurrency: 8,
  },
});

export default config;
