import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Manifest } from "./manifest.ts";
import { finishUnfinished } from "./recovery.ts";

let root: string;
let lines: { code?: string; error?: string }[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-recovery-"));
  mkdirSync(join(root, ".headgate"));
  mkdirSync(join(root, "live"));
  lines = [];
});

afterEach(() => rmSync(root, { recursive: true }));

const log = pino({ level: "trace" }, { write: (line) => lines.push(JSON.parse(line)) });

/** What the manifest says after a start that finds these recordings, which a server has left that is gone. */
async function statesAfter(...files: readonly string[]): Promise<Record<string, string>> {
  const facts = { event: "begun", stream: "live/cam", startedMs: 1_000, run: "another", pid: 2 ** 30 };
  const text = files
    .map((file) => `${JSON.stringify({ ...facts, file, format: file.slice(-3) })}\n`)
    .join("");
  writeFileSync(join(root, ".headgate/0000000001.jsonl"), text);
  const manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  await finishUnfinished(root, manifest, log);
  await manifest.close();
  return Object.fromEntries([...(await manifest.read()).values()].map(({ file, state }) => [file, state]));
}

test.each(["live/a.mp4", "live/a.flv"])("%s is deleted if nothing was written to it", async (file) => {
  writeFileSync(join(root, file), "");
  expect(await statesAfter(file)).toEqual({});
  expect(existsSync(join(root, file))).toBe(false);
  expect(lines.filter(({ code }) => code !== undefined)).toEqual([]);
});

test("one that is gone is forgotten, and one that is no recording is left as it is", async () => {
  writeFileSync(join(root, "live/a.flv"), "no recording at all");
  expect(await statesAfter("live/gone.mp4", "live/a.flv")).toEqual({ "live/a.flv": "failed" });
  expect(lines.map(({ code }) => code)).toEqual(["RECORDING_UNFINISHED", "RECORDING_UNFINISHED"]);
});

test("a link in the place of a recording is not followed", async () => {
  const outside = mkdtempSync(join(tmpdir(), "headgate-outside-"));
  try {
    writeFileSync(join(outside, "secret"), "");
    symlinkSync(join(outside, "secret"), join(root, "live/a.mp4"));
    expect(await statesAfter("live/a.mp4")).toEqual({ "live/a.mp4": "failed" });
    expect(existsSync(join(outside, "secret"))).toBe(true);
    expect(lines.map(({ error }) => error)).toEqual(["ELOOP"]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});
