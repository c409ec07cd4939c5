import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlvWriter } from "@headgate/flv-file";
import { MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RecordedFiles } from "./recorded-files.ts";
import { LEAST_SAVED_MESSAGES, SavedIndexes } from "./saved-indexes.ts";

const VERSION = { bytes: 1_000, modifiedMs: 1_700_000_000_000.25 };
const INDEX = Uint8Array.from({ length: 5_000 }, (_, at) => at % 251);

let root: string;
let saved: SavedIndexes;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-indexes-"));
  saved = new SavedIndexes(root);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const folder = (): string => join(root, ".headgate", "indexes");
const only = (): string => join(folder(), readdirSync(folder())[0]!);

test("an index is found again by its file, and not if that has changed", async () => {
  await saved.save("/films/a.flv", VERSION, INDEX);
  expect(await new SavedIndexes(root).load("/films/a.flv", VERSION)).toEqual(Buffer.from(INDEX));
  expect(await saved.load("/films/b.flv", VERSION)).toBeUndefined();
  expect(await saved.load("/films/a.flv", { ...VERSION, bytes: 1_001 })).toBeUndefined();
  expect(
    await saved.load("/films/a.flv", { ...VERSION, modifiedMs: VERSION.modifiedMs + 1 }),
  ).toBeUndefined();
});

test("one that is damaged or cut off is as none, and is replaced", async () => {
  await saved.save("/films/a.flv", VERSION, INDEX);
  const whole = readFileSync(only());
  for (let at = 0; at < whole.length; at += at < 40 ? 1 : 97) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 1;
    writeFileSync(only(), damaged);
    expect(await saved.load("/films/a.flv", VERSION)).toBeUndefined();
  }
  for (const length of [0, 3, 19, 20, whole.length - 1]) {
    writeFileSync(only(), whole.subarray(0, length));
    expect(await saved.load("/films/a.flv", VERSION)).toBeUndefined();
  }
  await saved.save("/films/a.flv", VERSION, INDEX);
  expect(await saved.load("/films/a.flv", VERSION)).toHaveLength(INDEX.length);
});

test("there are no more than a thousand; the oldest go first", async () => {
  mkdirSync(folder(), { recursive: true });
  for (let number = 0; number < 1_010; number += 1) {
    const place = join(folder(), `old-${number}`);
    writeFileSync(place, "");
    utimesSync(place, number, number);
  }
  await saved.save("/films/a.flv", VERSION, INDEX);
  expect(readdirSync(folder())).toHaveLength(1_000);
  expect(readdirSync(folder())).not.toContain("old-10");
  expect(await saved.load("/films/a.flv", VERSION)).toBeDefined();
});

test("without a folder of recordings nothing is made", async () => {
  rmSync(root, { recursive: true });
  await saved.save("/films/a.flv", VERSION, INDEX);
  expect(() => statSync(root)).toThrow("ENOENT");
});

test("of a deleted file nothing is kept", async () => {
  await saved.save("/films/a.flv", VERSION, INDEX);
  await saved.forget("/films/a.flv");
  expect(readdirSync(folder())).toEqual([]);
});

test("a long FLV file is read once: the next process goes on with what is saved", async () => {
  const path = join(root, "long.flv");
  const writer = new FlvWriter({ startedMs: 0 });
  const payload = Uint8Array.of(0xaf, 1, 2, 3);
  for (let number = 0; number < LEAST_SAVED_MESSAGES; number += 1)
    writer.write({ type: MessageType.audio, timestamp: number * 20, messageStreamId: 0, payload });
  const bytes = Buffer.concat(writer.finish().tail);
  const modified = new Date(Date.now() - 60_000);
  writeFileSync(path, bytes);
  utimesSync(path, modified, modified);
  const open = async () => {
    const files = new RecordedFiles(
      new Guard(NO_FAULTS, "task", () => {}),
      new SavedIndexes(root),
      () => false,
    );
    const source = (await files.play(path, root))!;
    source.close();
    return source.durationMs;
  };
  expect(await open()).toBe(LEAST_SAVED_MESSAGES * 20);
  // Under its own name it is whole.
  const isSaved = (): void => expect(readdirSync(folder())).toEqual([expect.not.stringContaining(".")]);
  await vi.waitFor(isSaved, { timeout: 15_000 });
  // Another reader would end here.
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 10_000), Buffer.alloc(bytes.length - 10_000, 0xff)]));
  utimesSync(path, modified, modified);
  expect(await open()).toBe(LEAST_SAVED_MESSAGES * 20);
  utimesSync(path, new Date(), modified);
  writeFileSync(only(), "damaged");
  expect(await open()).toBeLessThan(LEAST_SAVED_MESSAGES * 20);
});
