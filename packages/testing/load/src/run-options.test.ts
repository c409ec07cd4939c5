import { Command } from "commander";
import { expect, test } from "vitest";
import type { RunOptions } from "./run.ts";
import { runOptionsOf, withRunOptions } from "./run-options.ts";

function parse(...args: readonly string[]): RunOptions | undefined {
  let options: RunOptions | undefined;
  withRunOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action((url, values) => {
      options = runOptionsOf(url, values);
    })
    .parse(args, { from: "user" });
  return options;
}

test("a command line names the stream, the viewers and the process to measure", () => {
  const options = parse("rtmp://h/a/s", "--viewers", "20", "--stalled", "5", "--pid", "7", "--gop", "0.5");
  expect(options).toMatchObject({
    url: "rtmp://h/a/s",
    viewers: 20,
    stalledPercent: 5,
    pid: 7,
    media: { bitrate: 2_500_000, framesPerSecond: 30, keyframeSeconds: 0.5 },
  });
});

test.each([
  ["--viewers", "0.5"],
  ["--viewers", "many"],
  ["--seconds", "0"],
  ["--stalled", "100"],
  ["--bitrate", "Infinity"],
])("%s %s is refused", (...args) => {
  expect(() => parse("rtmp://h/a/s", ...args)).toThrow("is invalid");
});
