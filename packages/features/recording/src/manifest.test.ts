import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Manifest } from "./manifest.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-manifest-"));
});

afterEach(() => rmSync(root, { recursive: true }));

const newManifest = (): Manifest => new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));

const begun = (file: string) =>
  ({
    file,
    stream: "live/cam",
    format: "mp4",
    startedMs: 1_000,
    recording: "live/a.mp4",
    positionMs: 500,
  }) as const;

test("what one process has written, another reads, and later only what is new", async () => {
  const [one, other] = [newManifest(), newManifest()];
  one.begun(begun("live/a.mp4"));
  await one.settle();
  expect((await other.read()).get("live/a.mp4")).toMatchObject({ state: "recording", stream: "live/cam" });
  one.complete({ file: "live/a.mp4", durationMs: 5_000, bytes: 77 });
  one.begun(begun("live/b.mp4"));
  one.failed({ file: "live/b.mp4", bytes: 7 });
  await one.settle();
  const recordings = await other.read();
  expect(recordings.get("live/a.mp4")).toMatchObject({ state: "complete", durationMs: 5_000, bytes: 77 });
  expect(recordings.get("live/b.mp4")).toMatchObject({ state: "failed", bytes: 7 });
  other.deleted("live/a.mp4");
  await other.settle();
  expect([...(await one.read()).keys()]).toEqual(["live/b.mp4"]);
});

test("a recording of this run is being written until it has ended, one of a process that is gone is not", async () => {
  const manifest = newManifest();
  manifest.begun(begun("live/a.mp4"));
  await manifest.settle();
  const recording = (await manifest.read()).get("live/a.mp4")!;
  expect(manifest.isBeingWritten(recording)).toBe(true);
  expect(manifest.isBeingWritten({ ...recording, run: "an earlier one" })).toBe(false);
  expect(manifest.isBeingWritten({ ...recording, run: "another", pid: process.ppid })).toBe(true);
  expect(manifest.isBeingWritten({ ...recording, run: "another", pid: 2 ** 30 })).toBe(false);
  expect(manifest.isBeingWritten({ ...recording, state: "complete" })).toBe(false);
});

test("what is no line of a manifest is passed over: half a line, rubbish, a file outside of the root", async () => {
  const manifest = newManifest();
  manifest.begun(begun("live/a.mp4"));
  await manifest.settle();
  const [day] = readdirSync(join(root, ".headgate"));
  const file = join(root, ".headgate", day!);
  const line = (name: string): string => `${JSON.stringify({ ...begun(name), event: "begun" })}\n`;
  appendFileSync(file, `{"file":"live/\n\0\0\0\n[]\nnull\n${line("../../etc/passwd")}${line("a//b")}`);
  appendFileSync(file, `${"x".repeat(3 * 1024 * 1024)}\n${line("live/b.mp4")}{"file":"live/c.mp4","eve`);
  expect([...(await manifest.read()).keys()]).toEqual(["live/a.mp4", "live/b.mp4"]);
});

test("the newest recording of a stream is found, also by several who ask at once", async () => {
  const manifest = newManifest();
  manifest.begun({ ...begun("live/b.mp4"), startedMs: 3_000 });
  manifest.begun({ ...begun("live/c.mp4"), startedMs: 2_000 });
  manifest.begun({ ...begun("live/d.mp4"), startedMs: 4_000, stream: "live/other" });
  await manifest.settle();
  const found = await Promise.all([manifest.newestOf("live/cam"), manifest.newestOf("live/none")]);
  expect(found).toMatchObject([{ file: "live/b.mp4", recording: "live/a.mp4", positionMs: 500 }, undefined]);
});

test("a line from before recordings had parts is a recording by itself", async () => {
  const manifest = newManifest();
  const { recording: _, positionMs: __, ...line } = begun("live/old.mp4");
  manifest.begun(begun("live/a.mp4"));
  await manifest.settle();
  const [day] = readdirSync(join(root, ".headgate"));
  appendFileSync(join(root, ".headgate", day!), `${JSON.stringify({ ...line, event: "begun" })}\n`);
  expect((await manifest.read()).get("live/old.mp4")).toMatchObject({
    recording: "live/old.mp4",
    positionMs: 0,
  });
});

test("days of which nothing is left are forgotten", async () => {
  const manifest = newManifest();
  manifest.begun({ ...begun("live/a.mp4"), startedMs: Date.now() });
  await manifest.settle();
  appendFileSync(
    join(root, ".headgate/2020-01-01.jsonl"),
    `${JSON.stringify({ file: "live/old.mp4", event: "deleted" })}\n`,
  );
  await manifest.read();
  await manifest.prune();
  expect(readdirSync(join(root, ".headgate"))).toHaveLength(1);
});
