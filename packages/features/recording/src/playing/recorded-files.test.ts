import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvWriter } from "@headgate/flv-file";
import { type Message, MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RecordedFiles } from "./recorded-files.ts";
import { SavedIndexes } from "./saved-indexes.ts";

/** Of every Unix. */
const MAKE_PIPE = "mkfifo";

let root: string;
let folder: string;
let files: RecordedFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-played-"));
  folder = join(root, "films");
  mkdirSync(folder);
  files = new RecordedFiles(new Guard(NO_FAULTS, "task", () => {}), new SavedIndexes(root), () => false);
});

afterEach(() => rmSync(root, { recursive: true }));

/** MP3 sound that lasts so long. */
function writeFlv(file: string, durationMs: number): void {
  const writer = new FlvWriter({ startedMs: 0 });
  const sound: Message = {
    type: MessageType.audio,
    messageStreamId: 1,
    timestamp: 0,
    payload: Buffer.from("2f00", "hex"),
  };
  for (const timestamp of [0, durationMs]) writer.write({ ...sound, timestamp });
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
