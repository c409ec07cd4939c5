import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageSource } from "@headgate/bus";
import { FlvWriter } from "@headgate/flv-file";
import { type Message, MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ListedSource } from "./listed-source.ts";
import { RecordedFiles } from "./recorded-files.ts";
import { SavedIndexes } from "./saved-indexes.ts";

const MIB = 1024 * 1024;
const SECONDS = 70;

let root: string;
let folder: string;
let film: Buffer;
let files: RecordedFiles;

/** A keyframe and a sound each second, together 69 MiB. */
function makeFilm(): Buffer {
  const writer = new FlvWriter({ startedMs: 0 });
  const write = (type: number, timestamp: number, payload: Buffer): void =>
    writer.write({ type, timestamp, messageStreamId: 1, payload });
  write(MessageType.video, 0, Buffer.from("170000000001640028ffe1000467640028", "hex"));
  const pieces: Uint8Array[] = [];
  for (let second = 0; second < SECONDS; second += 1) {
    const picture = Buffer.alloc(second === 0 ? 1_000 : MIB, second);
    picture.set([0x17, 1, 0, 0, 0]);
    write(MessageType.video, second * 1000, picture);
    write(MessageType.audio, second * 1000 + 500, Buffer.from([0x2f, second]));
    pieces.push(...writer.take().map((piece) => new Uint8Array(piece)));
  }
  const { tail, patches } = writer.finish();
  const file = Buffer.concat([...pieces, ...tail]);
  for (const { position, bytes } of patches) file.set(bytes, position);
  return file;
}

/** An old file: nothing is written to it any more. */
function put(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const longAgo = new Date(Date.now() - 61_000);
  utimesSync(path, longAgo, longAgo);
  return path;
}

async function next(source: MessageSource): Promise<Message | undefined> {
  for (;;) {
    const hasMore = new Promise<void>((resolve) => {
      source.onReady = resolve;
    });
    const { nextMs } = source;
    const message = source.next();
    if (message !== "later") {
      if (message) expect([undefined, message.timestamp]).toContain(nextMs);
      return message && { ...message, payload: new Uint8Array(message.payload.subarray(0, 9)) };
    }
    await hasMore;
  }
}

async function all(source: MessageSource, most = Number.POSITIVE_INFINITY): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < most) {
    const message = await next(source);
    if (!message) break;
    messages.push(message);
  }
  return messages;
}

beforeAll(() => {
  film = makeFilm();
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-listed-"));
  folder = join(root, "films");
  mkdirSync(folder);
  files = new RecordedFiles(new Guard(NO_FAULTS, "task", () => {}), new SavedIndexes(root), () => false);
});

afterEach(() => rmSync(root, { recursive: true }));
afterAll(() => {
  film = Buffer.alloc(0);
});

/** The file by its list, and as a whole. */
async function both(path: string): Promise<readonly [MessageSource, MessageSource]> {
  const listed = (await files.watch(path, folder))!;
  expect(listed).toBeInstanceOf(ListedSource);
  return [listed, (await files.play(path, folder))!];
}

test("a long file is played from everywhere by its list as if it had been read", async () => {
  const [listed, whole] = await both(put("film.flv", film));
  expect([listed.durationMs, listed.hasVideo]).toEqual([whole.durationMs, true]);
  for (const positionMs of [0, 33_700, 12_000, 69_900]) {
    expect(listed.seek(positionMs)).toBe(whole.seek(positionMs));
    expect(listed.headers).toEqual(whole.headers);
    const most = positionMs === 0 ? 10 : Number.POSITIVE_INFINITY;
    expect(await all(listed, most)).toEqual(await all(whole, most));
    expect(listed.isGrowing).toBe(false);
  }
  listed.seek(5_000);
  const message = await next(listed);
  listed.back();
  expect(await next(listed)).toEqual(message);
  listed.close();
  whole.close();
  expect(files.size).toBe(0);
});

test("players share such a file, and an index that is there is better", async () => {
  const path = put("film.flv", film);
  const [one, other] = await Promise.all([files.watch(path, folder), files.watch(path, folder)]);
  expect(files.size).toBe(1);
  one!.close();
  one!.close();
  expect(await next(other!)).toBeDefined();
  other!.close();
  expect(files.size).toBe(0);
  (await files.play(path, folder))!.close();
  const again = (await files.watch(path, folder))!;
  expect(again).not.toBeInstanceOf(ListedSource);
  again.close();
});

test("where the list is wrong the file is read, and played from there", async () => {
  const broken = Buffer.from(film);
  const told = Buffer.alloc(9);
  const keyframeAt = (second: number): number => broken.indexOf(Buffer.alloc(64, second)) - 5 - 11;
  told.writeDoubleBE(keyframeAt(33), 1);
  const at = broken.indexOf(told);
  expect(at).toBeGreaterThan(0);
  broken.writeDoubleBE(keyframeAt(33) + 4, at + 1);
  const [listed, whole] = await both(put("film.flv", broken));
  expect(listed.seek(33_700)).toBe(33_000);
  whole.seek(33_700);
  const [configuration] = await all(listed, 1);
  expect(configuration!.payload).toEqual(whole.headers[1]!.payload.subarray(0, 9));
  listed.back();
  expect((await all(listed, 2))[0]).toEqual(configuration);
  await next(whole);
  expect(await all(listed)).toEqual(await all(whole));
  expect(listed.seek(12_345)).toBe(12_000);
  expect((await next(listed))!.timestamp).toBe(12_000);
  listed.close();
  whole.close();
  expect(files.size).toBe(0);
});

test("a file whose list is wrong where it is looked at is read at once, and so is one that may still be written", async () => {
  const path = put("film.flv", film);
  const now = new Date();
  utimesSync(path, now, now);
  const metadataEnd = 13 + 11 + film.readUIntBE(14, 3) + 4;
  const reserved = Buffer.from("07 000001 00000000 000000 00 0000000c".replaceAll(" ", ""), "hex");
  const shifted = Buffer.concat([film.subarray(0, metadataEnd), reserved, film.subarray(metadataEnd)]);
  for (const each of [path, put("shifted.flv", shifted)]) {
    const source = (await files.watch(each, folder))!;
    expect(source).not.toBeInstanceOf(ListedSource);
    source.close();
  }
});
