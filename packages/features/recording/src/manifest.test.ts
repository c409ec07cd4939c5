import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Manifest } from "./manifest.ts";
import { processMark } from "./process-mark.ts";

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

test("whether a file is written is not said while the manifest cannot be read", async () => {
  const manifest = newManifest();
  expect(await manifest.isWritten("live/a.mp4")).toBe(false);
  const folder = join(root, ".headgate");
  writeFileSync(folder, "no folder");
  await expect(manifest.isWritten("live/a.mp4")).rejects.toThrow("ENOTDIR");
  rmSync(folder);
  expect(await manifest.isWritten("live/a.mp4")).toBe(false);
});

test("a recording of this run is being written until it has ended, one of a process that is gone is not", async () => {
  const manifest = newManifest();
  manifest.begun(begun("live/a.mp4"));
  await manifest.settle();
  const recording = (await manifest.read()).get("live/a.mp4")!;
  expect(manifest.isBeingWritten(recording)).toBe(true);
  expect(manifest.isBeingWritten({ ...recording, run: "an earlier one" })).toBe(false);
  const other = { ...recording, run: "another", pid: process.ppid };
  expect(manifest.isBeingWritten({ ...other, mark: processMark(process.ppid) })).toBe(true);
  // The number is another process's by now.
  expect(manifest.isBeingWritten(other)).toBe(false);
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

test("the oldest files, of which nothing is left, are deleted", async () => {
  const lines: readonly (readonly [file: number, recording: string, events: readonly string[]])[] = [
    [1, "live/gone.mp4", ["begun", "complete", "deleted"]],
    [2, "live/kept.mp4", ["begun"]],
    [3, "live/later.mp4", ["begun", "complete", "deleted"]],
    [3, "live/kept.mp4", ["complete"]],
  ];
  mkdirSync(join(root, ".headgate"));
  for (const [number, recording, events] of lines) {
    const file = join(root, `.headgate/000000000${number}.jsonl`);
    for (const event of events) appendFileSync(file, `${JSON.stringify({ ...begun(recording), event })}\n`);
  }
  const manifest = newManifest();
  await manifest.read();
  await manifest.prune();
  expect(readdirSync(join(root, ".headgate"))).toEqual(["0000000002.jsonl", "0000000003.jsonl"]);
  expect([...(await newManifest().read()).values()]).toMatchObject([
    { file: "live/kept.mp4", state: "complete" },
  ]);
});

test("a file of it that is large is followed by another one, which is read behind it", async () => {
  mkdirSync(join(root, ".headgate"));
  const full = join(root, ".headgate/0000000009.jsonl");
  writeFileSync(full, `${JSON.stringify({ ...begun("live/a.mp4"), event: "begun" })}\n`);
  appendFileSync(full, "\n".repeat(4 * 1024 * 1024));
  const manifest = newManifest();
  manifest.complete({ file: "live/a.mp4", durationMs: 1, bytes: 2 });
  await manifest.settle();
  expect(readdirSync(join(root, ".headgate"))).toEqual(["0000000009.jsonl", "0000000010.jsonl"]);
  expect((await newManifest().read()).get("live/a.mp4")).toMatchObject({ state: "complete" });
});

test.each([-1, 1])(
  "a clock that jumps by %d years while a recording lasts changes nothing",
  async (years) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const manifest = newManifest();
    manifest.begun(begun("live/a.mp4"));
    manifest.begun(begun("live/b.mp4"));
    await manifest.settle();
    vi.setSystemTime(Date.now() + years * 365 * 86_400_000);
    manifest.complete({ file: "live/a.mp4", durationMs: 1, bytes: 2 });
    manifest.deleted("live/b.mp4");
    await manifest.settle();
    vi.useRealTimers();
    // As the next run reads it.
    expect([...(await newManifest().read()).values()]).toMatchObject([
      { file: "live/a.mp4", state: "complete" },
    ]);
  },
);

test("a line that was cut off, as by a full disk, takes none with it", async () => {
  const manifest = newManifest();
  manifest.begun(begun("live/a.mp4"));
  await manifest.settle();
  const [file] = readdirSync(join(root, ".headgate"));
  appendFileSync(join(root, ".headgate", file!), '{"file":"live/b.mp4","ev');
  manifest.begun(begun("live/b.mp4"));
  await manifest.settle();
  expect([...(await newManifest().read()).keys()]).toEqual(["live/a.mp4", "live/b.mp4"]);
});

test("trouble with the disk is told once, and what waits is written when it is over", async () => {
  const told: (string | undefined)[] = [];
  const manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}), (error) =>
    told.push(error?.code),
  );
  writeFileSync(join(root, ".headgate"), "no folder");
  manifest.begun(begun("live/a.mp4"));
  await vi.waitFor(() => expect(told).toEqual(["EEXIST"]));
  manifest.complete({ file: "live/a.mp4", durationMs: 1, bytes: 2 });
  await vi.waitFor(() => {
    manifest.flush();
    expect(told.length).toBe(1);
  });
  rmSync(join(root, ".headgate"));
  await vi.waitFor(() => {
    manifest.flush();
    expect(told).toEqual(["EEXIST", undefined]);
  });
  expect((await newManifest().read()).get("live/a.mp4")).toMatchObject({ state: "complete" });
});

test("a folder that was deleted while it was used is begun again", async () => {
  const manifest = newManifest();
  for (const name of ["live/a.mp4", "live/b.mp4"]) manifest.begun(begun(name));
  await manifest.settle();
  await manifest.read();
  rmSync(join(root, ".headgate"), { recursive: true });
  manifest.begun(begun("live/c.mp4"));
  await manifest.settle();
  expect((await manifest.read()).has("live/c.mp4")).toBe(true);
});
