import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KeepOptions } from "./config.ts";
import { Manifest, type Recording } from "./manifest.ts";
import { RecordingAges } from "./recording-ages.ts";
import { enforceRetention, expired } from "./retention.ts";

const ALL: KeepOptions = { ageMs: undefined, bytes: undefined, freeDisk: undefined };
const DISK = { freeBytes: 500, totalBytes: 1_000 };

function recording(file: string, startedMs: number, bytes: number): Recording {
  const facts = { stream: "live/cam", format: "flv", state: "complete", run: "", pid: 0 } as const;
  return { ...facts, file, recording: file, positionMs: 0, startedMs, endedMs: startedMs + 100, bytes };
}

const THREE = [recording("b", 2_000, 200), recording("a", 1_000, 100), recording("c", 3_000, 300)];

const filesOf = (keep: Partial<KeepOptions>, nowMs = 4_000): string[] =>
  expired(new RecordingAges().of(THREE, nowMs, nowMs), { ...ALL, ...keep }, DISK).map(({ file }) => file);

test("without a limit everything is kept", () => {
  expect(filesOf({}, 1e15)).toEqual([]);
});

test("what has ended longer ago than the age is deleted", () => {
  expect(filesOf({ ageMs: 1_900 })).toEqual(["a"]);
  expect(filesOf({ ageMs: 1_899 })).toEqual(["a", "b"]);
});

test("the oldest are deleted until the rest is small enough", () => {
  expect(filesOf({ bytes: 600 })).toEqual([]);
  expect(filesOf({ bytes: 599 })).toEqual(["a"]);
  expect(filesOf({ bytes: 300 })).toEqual(["a", "b"]);
});

test("the oldest are deleted until enough of the disk is free", () => {
  expect(filesOf({ freeDisk: 0.5 })).toEqual([]);
  expect(filesOf({ freeDisk: 0.6 })).toEqual(["a"]);
  expect(filesOf({ freeDisk: 0.61 })).toEqual(["a", "b"]);
});

test("what is to be uploaded is deleted only if the disk is too full without it, and last", () => {
  const isHeld = ({ file }: Recording): boolean => file === "a";
  const files = (keep: Partial<KeepOptions>): string[] =>
    expired(new RecordingAges().of(THREE, 1e15, 1e15), { ...ALL, ...keep }, DISK, isHeld).map(
      ({ file }) => file,
    );
  expect(files({ ageMs: 1 })).toEqual(["b", "c"]);
  expect(files({ bytes: 1 })).toEqual(["b", "c"]);
  expect(files({ freeDisk: 0.6 })).toEqual(["b"]);
  expect(files({ freeDisk: 0.9 })).toEqual(["b", "c"]);
  expect(files({ freeDisk: 1 })).toEqual(["b", "c"]);
  expect(files({ freeDisk: 1.01 })).toEqual(["b", "c", "a"]);
});

const NO_UPLOADS = { isWaiting: () => false, isUploading: () => false };

let root: string;
let manifest: Manifest;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-retention-"));
  manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
});

afterEach(() => rmSync(root, { recursive: true }));

function record(file: string, startedMs: number): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), "recorded");
  manifest.begun({ file, stream: "live/cam", format: "flv", startedMs, recording: file, positionMs: 0 });
}

test("a file is deleted with the folders that are empty then, and no file that is being written", async () => {
  record("live/cam/2026-11-28/one.flv", 1_000);
  manifest.complete({ file: "live/cam/2026-11-28/one.flv", durationMs: 10, bytes: 8 });
  record("live/cam/2026-11-29/two.flv", 2_000);
  await manifest.settle();
  const time = { ages: new RecordingAges(), nowMs: 0 };
  const deleted = await enforceRetention(root, manifest, { ...ALL, bytes: 1 }, NO_UPLOADS, time);
  expect(deleted.map(({ file }) => file)).toEqual(["live/cam/2026-11-28/one.flv"]);
  expect(existsSync(join(root, "live/cam/2026-11-28"))).toBe(false);
  expect(existsSync(join(root, "live/cam/2026-11-29/two.flv"))).toBe(true);
  await manifest.settle();
  expect([...(await manifest.read()).keys()]).toEqual(["live/cam/2026-11-29/two.flv"]);
});
