import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Message, MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RecordingFormat } from "../config.ts";
import { inTurns } from "../in-turns.ts";
import { createWriter } from "../recording-writer.ts";
import { firstSound, messagesOf, numbersOf, PICTURE_MS, streamed } from "../streamed.test.helper.ts";
import { endOf, type PastFile, type PastFiles, PastSource, placeFor } from "./past-source.ts";
import { RecordedFiles } from "./recorded-files.ts";
import { SavedIndexes } from "./saved-indexes.ts";

const OTHER_AVC =
  "17000000000142c01fffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20";

/** When the stream's first picture comes, in its own time: not long before timestamps begin again. */
const BEGINNING_MS = 2 ** 32 - 3_000;

let root: string;
let guard: Guard;
let recorded: RecordedFiles;
let list: PastFile[];
let files: PastFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-past-"));
  guard = new Guard(NO_FAULTS, "task", () => {});
  recorded = new RecordedFiles(guard, new SavedIndexes(root), () => false);
  list = [];
  files = {
    list: async () => [...list],
    open: (file) => recorded.play(join(root, file), root),
  };
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true });
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

/** When a picture comes, in the time of the stream. */
const timeOf = (picture: number): number => (BEGINNING_MS + PICTURE_MS * picture) >>> 0;

/** Records pictures of the stream, with their sound, as a file of its own. */
async function record(
  from: number,
  to: number,
  { format = "mp4", configuration = "" }: { format?: RecordingFormat; configuration?: string } = {},
): Promise<PastFile> {
  const writer = createWriter(format, 0);
  for (const message of streamed(from, to)) {
    const isConfiguration = message.type === MessageType.video && message.payload[1] === 0;
    const payload =
      isConfiguration && configuration !== "" ? Buffer.from(configuration, "hex") : message.payload;
    writer.write({ ...message, payload });
  }
  const pieces = [...writer.take()];
  const { tail, patches } = await inTurns(writer.finish());
  const bytes = Buffer.concat([...pieces, ...tail]);
  for (const patch of patches) bytes.set(patch.bytes, patch.position);
  const file = `${from}.${format}`;
  writeFileSync(join(root, file), bytes);
  const place = { file, timestamp: timeOf(from), isSound: false };
  list.push(place);
  return place;
}

async function past(picture: number): Promise<PastSource> {
  const place = await placeFor(timeOf(picture), files);
  return new PastSource(place!, files, guard);
}

/** Time passes until the player has all, or for so long. */
async function played(source: PastSource): Promise<Message[]> {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const messages = messagesOf(source);
  let isOver = false;
  const passing = (async () => {
    while (!isOver) {
      vi.advanceTimersByTime(50);
      await new Promise(setImmediate);
    }
  })();
  const all = await messages;
  isOver = true;
  await passing;
  return all;
}

const pictures = (messages: readonly Message[]): number[] => numbersOf(messages, MessageType.video);

test.each(["mp4", "flv"] as const)(
  "the past goes from file to file in the time of the stream, %s, until no further one comes",
  async (format) => {
    for (const from of [0, 50, 100]) await record(from, from + 50, { format });
    const source = await past(30);
    expect(source.seek(timeOf(30))).toBe(BEGINNING_MS + PICTURE_MS * 25);
    const messages = await played(source);
    expect(pictures(messages)).toEqual(range(25, 150));
    for (const { type, payload, timestamp } of messages) {
      if (payload[1] === 0) continue;
      const [number] = numbersOf([{ type, payload, timestamp, messageStreamId: 0 }], type);
      if (type === MessageType.video) expect(timestamp).toBe(timeOf(number!));
    }
    const sounds = numbersOf(messages, MessageType.audio);
    expect(sounds).toEqual(range(sounds[0]!, firstSound("aac", PICTURE_MS * 150)));
    expect(source.isGrowing).toBe(false);
    expect(source.next()).toBeUndefined();
    source.close();
    expect(recorded.size).toBe(0);
  },
);

test("a file that comes a moment after the end of the last one is gone on with", async () => {
  await record(0, 50);
  const source = await past(0);
  const played0 = played(source);
  await new Promise((resolve) => setImmediate(resolve));
  await record(50, 75);
  expect(pictures(await played0)).toEqual(range(0, 75));
  source.close();
});

test("only what has changed of a decoder's configuration comes before the next file", async () => {
  await record(0, 25);
  await record(25, 50);
  await record(50, 75, { configuration: OTHER_AVC });
  const source = await past(0);
  const headers = (await played(source)).filter(({ payload }) => payload[1] === 0);
  expect(headers).toHaveLength(1);
  expect(Buffer.from(headers[0]!.payload).toString("hex")).toBe(OTHER_AVC);
  expect(headers[0]!.timestamp).toBe(timeOf(50));
  source.close();
});

test("what was deleted, or cannot be played, is passed over", async () => {
  await record(0, 25);
  const deleted = await record(25, 50);
  const broken = await record(50, 75);
  await record(75, 100);
  rmSync(join(root, deleted.file));
  writeFileSync(join(root, broken.file), "no recording at all");
  const source = await past(30);
  expect(pictures(await played(source))).toEqual(range(75, 100));
  source.close();
  const first = await past(0);
  // The manifest has forgotten it while it was played.
  list.splice(0, 2);
  expect(pictures(await played(first))).toEqual([...range(0, 25), ...range(75, 100)]);
  first.close();
});

test("a place ends where its file does so far", async () => {
  await record(0, 25);
  const place = (await placeFor(timeOf(0), files))!;
  expect(Math.abs(endOf(place) - timeOf(25))).toBeLessThan(25);
  place.source.close();
});

test("there is none where nothing is to be played", async () => {
  expect(await placeFor(0, files)).toBeUndefined();
  const gone = await record(0, 25);
  rmSync(join(root, gone.file));
  expect(await placeFor(timeOf(0), files)).toBeUndefined();
});

test("a player that goes while the next file is opened leaves nothing open", async () => {
  await record(0, 25);
  await record(25, 50);
  const open = async (file: string) => {
    const found = await files.open(file);
    source.close();
    return found;
  };
  const source: PastSource = new PastSource(
    (await placeFor(timeOf(0), files))!,
    { list: files.list, open },
    guard,
  );
  await vi.waitFor(() => {
    while (typeof source.next() === "object");
    expect(recorded.size).toBe(0);
  });
  expect(source.next()).toBeUndefined();
  expect(source.nextMs).toBeUndefined();
});

test("a message that is given back comes again, also one that tells of a change", async () => {
  await record(0, 25);
  await record(25, 50, { configuration: OTHER_AVC });
  const source = await past(0);
  const all: Message[] = [];
  for (;;) {
    const ready = new Promise<void>((resolve) => {
      source.onReady = resolve;
    });
    const next = source.next();
    if (next === "later") {
      if (all.length > 0 && pictures(all).at(-1) === 49) break;
      await ready;
      continue;
    }
    if (!next) break;
    source.back();
    expect(source.nextMs).toBe(next.timestamp);
    const again = source.next() as Message;
    expect([again.type, again.timestamp, again.payload]).toEqual([next.type, next.timestamp, next.payload]);
    all.push({ ...again, payload: again.payload.slice() });
  }
  expect(pictures(all)).toEqual(range(0, 50));
  expect(all.filter(({ payload }) => payload[1] === 0)).toHaveLength(1);
  source.close();
});
