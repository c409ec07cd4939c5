import { defineConfig, type ViteUserConfig } from "vitest/config";

function pathOf(file: string): string {
  return new URL(file, import.meta.url).pathname;
}

/** They run programs, ours or those of others, or load a server. */
const PROGRAMS = ["test/{interop,load}/**/*.test.ts", "apps/headgate/src/main.test.ts"];

/** They stop the clock, or count the turns of their process. */
const CLOCKS = ["packages/server/*/src/**/*.test.ts"];

const EVERY_TEST = {
  testTimeout: 20_000,
  hookTimeout: 40_000,
};

/** One run for everything: the unit tests beside the sources and what spans packages here. */
const config: ViteUserConfig = defineConfig({
  root: pathOf(".."),
  test: {
    reporters: ["default", pathOf("./matrix-reporter.ts"), pathOf("./closing-line-reporter.ts")],
    // Most of the time goes to waiting for media that plays in real time.
    maxWorkers: 2,
    maxConcurrency: 8,
    projects: [
      {
        test: {
          ...EVERY_TEST,
          name: "fast",
          include: ["packages/*/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...CLOCKS, ...PROGRAMS],
          // A process for each file takes longer than most of the files.
          isolate: false,
        },
      },
      { test: { ...EVERY_TEST, name: "clocks", include: CLOCKS } },
      { test: { ...EVERY_TEST, name: "programs", include: PROGRAMS } },
    ],
  },
});

export default config;
