import { defineConfig, type ViteUserConfig } from "vitest/config";

/** One run for everything: the unit tests beside the sources and what spans packages here. */
const config: ViteUserConfig = defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", new URL("./closing-line-reporter.ts", import.meta.url).pathname],
    testTimeout: 20_000,
  },
});

export default config;
