import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvOpening, FlvWriter } from "@headgate/flv-file";
import { Fmp4Writer } from "@headgate/fmp4";
import { MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Manifest, type Recording } from "./manifest.ts";
import { LEAST_SAVED_MESSAGES, SavedIndexes } from "./playing/saved-indexes.ts";
import { processMark } from "./process-mark.ts";
import { finishUnfinished } from "./recovery.ts";

let root: string;
let lines: { code?: string; error?: string; msg: string }[];

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
  const all = await recordingsAfter(files);
  return Object.fromEntries(all.map(({ file, state }) => [file, state]));
}

async function recordingsAfter(files: readonly string[]): Promise<readonly Recording[]> {
  const facts = { event: "begun", stream: "live/cam", startedMs: 1_000, run: "another", pid: 2 ** 30 };
  const text = files
    .map((file) => `${JSON.stringify({ ...facts, file, format: file.slice(-3) })}\n`)
    .join("");
  writeFileSync(join(root, ".headgate/0000000001.jsonl"), text);
  const manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  const indexes = new SavedIndexes(root);
  await finishUnfinished(root, { manifest, indexes, log, willUpload: () => false, onRecovered: () => {} });
  await manifest.settle();
  return [...(await manifest.read()).values()];
}

/** How long the first bytes are that can be played. */
function beginningOf(format: "mp4" | "flv", file: Uint8Array): number {
  // A fragment ends where the next one begins, and a tag of 418 bytes of sound with its length.
  const text = Buffer.from(file).toString("latin1");
  return format === "mp4" ? text.indexOf("moof", text.indexOf("moof") + 4) - 4 : file.length - 192 * 433;
}

test.each(["mp4", "flv"] as const)(
  "%s is deleted with one line in the log if nothing of it can be played, wherever it was cut off",
  async (format) => {
    const file = recorded(format, false);
    const end = beginningOf(format, file);
    const lengths = [0, ...(format === "mp4" ? [8, 24, 30, 44, 100, 700] : [13, 1_000]), end - 1];
    const files = lengths.map((length) => `live/${length}.${format}`);
    for (const [at, each] of files.entries()) writeFileSync(join(root, each), file.subarray(0, lengths[at]!));
    writeFileSync(join(root, `live/whole.${format}`), file.subarray(0, end));
    expect(await statesAfter(...files, `live/whole.${format}`)).toEqual({
      [`live/whole.${format}`]: "complete",
    });
    expect(readdirSync(join(root, "live"))).toEqual([`whole.${format}`]);
    expect(lines.map(({ msg }) => msg)).toEqual([
      ...files.map(() => "recording deleted that had been cut off before it could be played"),
      "recording finished that had been cut off",
    ]);
  },
);

test("an MP4 whose beginning is damaged is left as it is: what comes behind may be saved by somebody", async () => {
  const file = Buffer.from(recorded("mp4", false));
  const end = beginningOf("mp4", file);
  const zeroes = (from: number, to: number): Buffer => Buffer.from(file).fill(0, from, to);
  const first = file.indexOf("moof") - 4;
  const damaged = { head: zeroes(0, 8), index: zeroes(44, first), fragment: zeroes(first, end) };
  for (const [name, bytes] of Object.entries(damaged)) writeFileSync(join(root, `live/${name}.mp4`), bytes);
  const files = Object.keys(damaged).map((name) => `live/${name}.mp4`);
  expect(await statesAfter(...files)).toEqual(Object.fromEntries(files.map((each) => [each, "failed"])));
  for (const each of files) expect(existsSync(join(root, each))).toBe(true);
});

/** Five seconds of silence by MP3, finished or not. */
function recorded(format: "mp4" | "flv", isFinished: boolean): Uint8Array {
  const writer = format === "mp4" ? new Fmp4Writer({ startedMs: 0 }) : new FlvWriter({ startedMs: 0 });
  const frame = Buffer.concat([Buffer.from("2ffffb9064", "hex"), Buffer.alloc(413)]);
  const pieces: Uint8Array[] = [];
  for (let timestamp = 0; timestamp < 5_000; timestamp += 26) {
    writer.write({ type: MessageType.audio, messageStreamId: 1, timestamp, payload: frame });
    pieces.push(...writer.take());
  }
  if (!isFinished) return Buffer.concat(pieces);
  const finish = writer.finish();
  const file = Buffer.concat([...pieces, ...finish.tail]);
  for (const { position, bytes } of "patch" in finish ? [finish.patch] : finish.patches)
    file.set(bytes, position);
  return file;
}

test.each([
  ["mp4", true],
  ["mp4", false],
  ["flv", true],
  ["flv", false],
] as const)(
  "%s that lasts a while is known with its duration, also if it was finished (%s) already",
  async (format, isFinished) => {
    writeFileSync(join(root, `live/a.${format}`), recorded(format, isFinished));
    const [recording] = await recordingsAfter([`live/a.${format}`]);
    expect(recording).toMatchObject({ state: "complete" });
    expect(recording!.durationMs).toBeGreaterThan(2_000);
    expect(recording!.durationMs).toBeLessThan(5_100);
  },
);

test("one that is gone is forgotten, and one that is no recording is left as it is", async () => {
  writeFileSync(join(root, "live/a.flv"), "no recording at all");
  expect(await statesAfter("live/gone.mp4", "live/a.flv")).toEqual({ "live/a.flv": "failed" });
  expect(lines.map(({ code }) => code)).toEqual(["RECORDING_UNFINISHED", "RECORDING_UNFINISHED"]);
});

test("a long FLV file has its index when it is finished", async () => {
  const writer = new FlvWriter({ startedMs: 0 });
  const payload = Buffer.from("2f00", "hex");
  for (let at = 0; at < LEAST_SAVED_MESSAGES; at += 1)
    writer.write({ type: MessageType.audio, messageStreamId: 1, timestamp: 26 * at, payload });
  const path = join(root, "live/a.flv");
  writeFileSync(path, Buffer.concat(writer.take()));
  const [recording] = await recordingsAfter(["live/a.flv"]);
  const { size: bytes, mtimeMs: modifiedMs } = statSync(path);
  const saved = await new SavedIndexes(root).load(path, { bytes, modifiedMs });
  const { index } = FlvOpening.restore(saved!)!;
  expect([index.count, index.durationMs]).toEqual([LEAST_SAVED_MESSAGES, recording!.durationMs]);
});

test("a file that was made and of which the manifest has not heard is deleted, if nothing is in it", async () => {
  const line = (file: string, run: object): string =>
    `${JSON.stringify({ event: "opening", file, ...run })}\n`;
  const gone = { run: "another", pid: 2 ** 30 };
  const running = { run: "another", pid: process.ppid, mark: processMark(process.ppid) };
  const text = ["empty", "full", "missing"].map((name) => line(`live/${name}.mp4`, gone)).join("");
  writeFileSync(join(root, ".headgate/0000000001.jsonl"), text + line("live/running.mp4", running));
  for (const name of ["empty", "full", "running"])
    writeFileSync(join(root, `live/${name}.mp4`), name === "full" ? "something" : "");
  const manifest = new Manifest(root, new Guard(NO_FAULTS, "task", () => {}));
  const indexes = new SavedIndexes(root);
  await finishUnfinished(root, { manifest, indexes, log, willUpload: () => false, onRecovered: () => {} });
  expect(readdirSync(join(root, "live")).sort()).toEqual(["full.mp4", "running.mp4"]);
  expect(await manifest.unbegun()).toEqual([]);
  expect([...(await manifest.read()).keys()]).toEqual([]);
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
