import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvWriter } from "@headgate/flv-file";
import { type Message, MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RecordedFiles } from "./recorded-files.ts";
import { SavedIndexes } from "./saved-indexes.ts";

/** Of every Unix. */
const MAKE_PIPE = "mkfifo";

let root: string;
let folder: string;
let files: RecordedFiles;
/** Whether a file is still being written, and the files of which that was asked. */
let isWritten: boolean;
let asked: string[];
let answer: () => boolean | Promise<boolean>;

beforeEach(() => {
  isWritten = false;
  asked = [];
  answer = () => isWritten;
  root = mkdtempSync(join(tmpdir(), "headgate-played-"));
  folder = join(root, "films");
  mkdirSync(folder);
  files = new RecordedFiles(new Guard(NO_FAULTS, "task", () => {}), new SavedIndexes(root), (path) => {
    asked.push(path);
    return answer();
  });
});

afterEach(() => rmSync(root, { recursive: true }));

/** MP3 sound at these times, and one at 0. */
function writeFlv(file: string, ...timesMs: number[]): void {
  const writer = new FlvWriter({ startedMs: 0 });
  const sound: Message = {
    type: MessageType.audio,
    messageStreamId: 1,
    timestamp: 0,
    payload: Buffer.from("2f00", "hex"),
  };
  for (const timestamp of [0, ...timesMs]) writer.write({ ...sound, timestamp });
  const pieces = writer.take();
  writeFileSync(file, Buffer.concat([...pieces, ...writer.finish().tail]));
}

/** How long the file lasts that is played by this name. */
async function durationOf(name: string): Promise<number | undefined> {
  const source = await files.play(join(folder, name), folder);
  source?.close();
  return source?.durationMs;
}

test("a link that leads out of the folder is refused, one within it is not", async () => {
  writeFlv(join(root, "outside.flv"), 2_000);
  writeFlv(join(folder, "inside.flv"), 1_000);
  symlinkSync("../outside.flv", join(folder, "out.flv"));
  symlinkSync("inside.flv", join(folder, "in.flv"));
  mkdirSync(join(root, "other"));
  writeFlv(join(root, "other/film.flv"), 2_000);
  symlinkSync("../other", join(folder, "other"));
  await expect(durationOf("out.flv")).rejects.toThrow("leads out of its folder");
  await expect(durationOf("other/film.flv")).rejects.toThrow("leads out of its folder");
  expect(await durationOf("in.flv")).toBeGreaterThan(900);
});

test("a link that changes while a file is opened never shows what is outside", async () => {
  writeFlv(join(root, "outside.flv"), 20_000);
  writeFlv(join(folder, "inside.flv"), 1_000);
  const targets = ["../outside.flv", "inside.flv"];
  let isOver = false;
  let swaps = 0;
  const swapping = (async () => {
    for (; !isOver; swaps += 1) {
      symlinkSync(targets[swaps % 2]!, join(folder, "next"));
      renameSync(join(folder, "next"), join(folder, "film.flv"));
      await new Promise(setImmediate);
    }
  })();
  const durations: number[] = [];
  let refused = 0;
  while (durations.length < 200 || refused < 200) {
    try {
      const durationMs = await durationOf("film.flv");
      if (durationMs !== undefined) durations.push(durationMs);
    } catch {
      refused += 1;
    }
  }
  isOver = true;
  await swapping;
  expect(Math.max(...durations)).toBeLessThan(20_000);
});

test("a file that is replaced or deleted while it is played stays as it was", async () => {
  const file = join(folder, "film.flv");
  writeFlv(file, 1_000);
  const source = (await files.play(file, folder))!;
  writeFlv(join(folder, "next.flv"), 5_000);
  renameSync(join(folder, "next.flv"), file);
  expect(await durationOf("film.flv")).toBeGreaterThan(4_900);
  expect(source.durationMs).toBeLessThan(4_900);
  rmSync(file);
  expect(await durationOf("film.flv")).toBeUndefined();
  source.close();
  expect(files.size).toBe(0);
});

test("what is no file is not there: a folder, a pipe that nobody writes to, a name that is too long", async () => {
  mkdirSync(join(folder, "folder.flv"));
  execFileSync(MAKE_PIPE, [join(folder, "pipe.flv")]);
  for (const name of [
    "folder.flv",
    "pipe.flv",
    "film.flv/x.flv",
    `${"x".repeat(256)}.flv`,
    `${"x/".repeat(4_000)}y.flv`,
  ])
    expect(await durationOf(name), name.slice(0, 20)).toBeUndefined();
});

test("a file that grows is one for its players, and another one for those that come when it has ended", async () => {
  const file = join(folder, "film.flv");
  writeFlv(file, 1_000);
  isWritten = true;
  const [first, second] = await Promise.all([files.play(file, folder), files.play(file, folder)]);
  expect(files.size).toBe(1);
  expect(first!.isGrowing).toBe(true);
  writeFlv(file, 5_000);
  isWritten = false;
  await vi.waitFor(() => {
    files.sweep();
    expect([first!.isGrowing, second!.isGrowing]).toEqual([false, false]);
  });
  const third = (await files.play(file, folder))!;
  expect(third.isGrowing).toBe(false);
  expect(third.durationMs).toBeGreaterThan(4_900);
  for (const source of [first!, second!, third]) source.close();
  expect(files.size).toBe(0);
});

test("a file to which nothing was written for a minute is not being written, whatever is said of it", async () => {
  const file = join(folder, "film.flv");
  writeFlv(file, 1_000);
  const longAgo = new Date(Date.now() - 61_000);
  utimesSync(file, longAgo, longAgo);
  isWritten = true;
  const source = (await files.play(file, folder))!;
  expect([source.isGrowing, asked]).toEqual([false, []]);
  source.close();
});

test("a file of which nobody can say whether it is being written is refused, unless it is old", async () => {
  const file = join(folder, "film.flv");
  writeFlv(file, 1_000);
  answer = () => Promise.reject(new Error("no manifest"));
  await expect(durationOf("film.flv")).rejects.toThrow("no manifest");
  expect(files.size).toBe(0);
  const longAgo = new Date(Date.now() - 61_000);
  utimesSync(file, longAgo, longAgo);
  expect(await durationOf("film.flv")).toBeGreaterThan(900);
});

test("a file that is being played grows on while nobody can say whether it is being written", async () => {
  const file = join(folder, "film.flv");
  writeFlv(file, 1_000);
  isWritten = true;
  const source = (await files.play(file, folder))!;
  answer = () => Promise.reject(new Error("no manifest"));
  writeFlv(file, 1_000, 5_000);
  await vi.waitFor(() => {
    files.sweep();
    expect(source.durationMs).toBeGreaterThan(4_900);
  });
  expect(source.isGrowing).toBe(true);
  const longAgo = new Date(Date.now() - 61_000);
  utimesSync(file, longAgo, longAgo);
  await vi.waitFor(() => {
    files.sweep();
    expect(source.isGrowing).toBe(false);
  });
  source.close();
});

test("an index is made once for those that play a file and those that fetch it", async () => {
  const file = join(folder, "film.flv");
  writeFlv(file, 1_000);
  const opened = (await files.open(file, folder))!;
  const index = await files.index(opened);
  expect(await files.index(opened)).toBe(index);
  writeFlv(file, 5_000);
  const now = (await files.open(file, folder))!;
  expect(await files.index(now)).not.toBe(index);
  await Promise.all([opened.handle.close(), now.handle.close()]);
});

test("what cannot be played is refused, and so is one more than can wait; nothing stays open", async () => {
  writeFileSync(join(folder, "broken.mp4"), "no recording at all");
  await expect(durationOf("broken.mp4")).rejects.toThrow("not an MP4");
  writeFlv(join(folder, "film.flv"), 1_000);
  const plays = Array.from({ length: 300 }, () => durationOf("film.flv"));
  const outcomes = await Promise.allSettled(plays);
  const refused = outcomes.filter((each) => each.status === "rejected");
  expect(refused.length).toBe(300 - 4 - 256);
  expect(refused[0]!.reason).toMatchObject({ code: "RECORDING_UNPLAYABLE" });
  expect(files.size).toBe(0);
  expect(await durationOf("film.flv")).toBeGreaterThan(900);
});
