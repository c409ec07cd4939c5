import { defineConfig } from "vitest/config";

/** One run for everything: the unit tests beside the sources and what spans packages here. */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", new URL("./closing-line-reporter.ts", import.meta.url).pathname],
    testTimeout: 20_000,
  },
});
