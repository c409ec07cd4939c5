import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageType } from "@headgate/message";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { type FastifyInstance, fastify } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RecordingFormat } from "../config.ts";
import { inTurns } from "../in-turns.ts";
import { Manifest } from "../manifest.ts";
import { RecordedFiles } from "../playing/recorded-files.ts";
import { SavedIndexes } from "../playing/saved-indexes.ts";
import type { RecordingControl } from "../recording-control.ts";
import { recordingRoutes } from "../recording-routes.ts";
import { createWriter } from "../recording-writer.ts";
import {
  firstSound,
  messagesOf,
  numbersOf,
  PICTURE_MS,
  type Streamed,
  soundMs,
  streamed,
} from "../streamed.test.helper.ts";

const START = Date.UTC(2026, 10, 29, 14);

let root: string;
let manifest: Manifest;
let files: RecordedFiles;
let server: FastifyInstance;

const NO_CONTROL: RecordingControl = {
  start: async () => ({ kind: "off" }),
  stop: async () => ({ kind: "off" }),
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-spans-"));
  mkdirSync(join(root, "live"));
  const guard = new Guard(NO_FAULTS, "task", () => {});
  manifest = new Manifest(root, guard);
  files = new RecordedFiles(guard, new SavedIndexes(root), () => false);
  server = fastify();
  server.register(recordingRoutes({ root, manifest, files, control: NO_CONTROL, faults: NO_FAULTS }));
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

interface Recorded extends Streamed {
  readonly format?: RecordingFormat;
}

/** Records frames of the stream as a file of its own. */
async function record(from: number, to: number, { format = "mp4", ...media }: Recorded = {}): Promise<void> {
  const startedMs = START + PICTURE_MS * from;
  const writer = createWriter(format, startedMs);
  for (const each of streamed(from, to, media)) writer.write(each);
  const pieces = [...writer.take()];
  const { tail, patches } = await inTurns(writer.finish());
  const file = `live/${from}.${format}`;
  const bytes = Buffer.concat([...pieces, ...tail]);
  for (const patch of patches) bytes.set(patch.bytes, patch.position);
  writeFileSync(join(root, file), bytes);
  manifest.begun({ file, stream: "live/cam", format, startedMs, recording: file, positionMs: 0 });
  manifest.complete({ file, durationMs: writer.durationMs, bytes: bytes.length });
  await manifest.settle();
}

const ask = async (start: number, duration: number, more = "", stream = "live/cam") => {
  const query = `start=${new Date(START + start).toISOString()}&duration=${duration}${more}`;
  return server.inject({ method: "GET", url: `/api/v1/recordings/${stream}?${query}` });
};

/** The numbers of the frames in a file. */
async function numbersIn(
  bytes: Buffer,
  type: number,
  ending = "mp4",
): Promise<{ numbers: number[]; times: number[] }> {
  writeFileSync(join(root, `span.${ending}`), bytes);
  const source = (await files.play(join(root, `span.${ending}`), root))!;
  const messages = await messagesOf(source);
  source.close();
  const frames = messages.filter((each) => each.type === type && each.payload[1] !== 0);
  const times = frames.map(({ timestamp }) => timestamp);
  return { numbers: numbersOf(messages, type), times };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

test.each(["mp4", "flv"] as const)(
  "a span over three files of %s is one file without a hole",
  async (format) => {
    await record(0, 100, { format });
    await record(100, 200, { format });
    await record(200, 300, { format });
    const { statusCode, headers, rawPayload } = await ask(2_500, 7);
    expect([statusCode, headers["content-type"]]).toEqual([200, "video/mp4"]);
    const { numbers, times } = await numbersIn(rawPayload, MessageType.video);
    expect(numbers).toEqual(range(50, 238));
    for (const [at, time] of times.entries()) expect(Math.abs(time - 40 * at)).toBeLessThanOrEqual(1);
    const sound = await numbersIn(rawPayload, MessageType.audio);
    expect(sound.numbers).toEqual(range(sound.numbers[0]!, sound.numbers[0]! + sound.numbers.length));
    expect(Math.abs(sound.numbers[0]! - firstSound("aac", 2_000))).toBeLessThanOrEqual(2);
    expect(Math.abs(sound.numbers.at(-1)! - firstSound("aac", 9_500))).toBeLessThanOrEqual(3);
  },
);

test("a span ends where the recordings do, and may lie in files of both formats", async () => {
  await record(0, 50, { format: "flv" });
  await record(50, 100);
  const { rawPayload } = await ask(1_000, 86_400);
  expect((await numbersIn(rawPayload, MessageType.video)).numbers).toEqual(range(25, 100));
});

test("the sound alone", async () => {
  await record(0, 100);
  const { headers, rawPayload } = await ask(1_000, 1, "&format=m4a");
  expect(headers["content-type"]).toBe("audio/mp4");
  const { numbers } = await numbersIn(rawPayload, MessageType.audio);
  expect(numbers).toEqual(range(numbers[0]!, numbers[0]! + numbers.length));
  expect(Math.abs(numbers.length - 1_000 / soundMs("aac", 1))).toBeLessThanOrEqual(2);
  expect((await numbersIn(rawPayload, MessageType.video)).numbers).toEqual([]);
  const { statusCode, body } = await ask(1_000, 1, "&format=mp3");
  expect([statusCode, JSON.parse(body)]).toEqual([
    409,
    { error: "SPAN_EMPTY: There is no sound in MP3: ask for m4a." },
  ]);
});

test("FLV, also where the codec changes", async () => {
  await record(0, 50, { format: "flv" });
  await record(50, 100, { codec: "mp3" });
  const { headers, rawPayload } = await ask(1_000, 86_400, "&format=flv");
  expect(headers["content-type"]).toBe("video/x-flv");
  const { numbers, times } = await numbersIn(rawPayload, MessageType.video, "flv");
  expect(numbers).toEqual(range(25, 100));
  for (const [at, time] of times.entries()) expect(Math.abs(time - PICTURE_MS * at)).toBeLessThanOrEqual(1);
  expect(rawPayload.includes("onMetaData")).toBe(false);
});

test("MP3 as it is", async () => {
  await record(0, 100, { hasVideo: false, codec: "mp3" });
  const { headers, rawPayload } = await ask(1_000, 2, "&format=mp3");
  expect(headers["content-type"]).toBe("audio/mpeg");
  const frames = rawPayload.toString("hex").split("fffb9064").slice(1);
  const numbers = frames.map((frame) => Number.parseInt(frame, 16));
  expect(numbers).toEqual(range(numbers[0]!, numbers[0]! + numbers.length));
  expect(Math.abs(numbers[0]! - firstSound("mp3", 1_000))).toBeLessThanOrEqual(1);
  expect(Math.abs(numbers.length - 2_000 / soundMs("mp3", 1))).toBeLessThanOrEqual(2);
});

test("what was not recorded is told", async () => {
  await record(0, 100);
  await record(200, 300);
  const codeOf = async (...args: Parameters<typeof ask>) => {
    const { statusCode, body } = await ask(...args);
    return [statusCode, String(JSON.parse(body).error ?? JSON.parse(body).message).split(":")[0]];
  };
  expect(await codeOf(3_000, 10)).toEqual([409, "RECORDING_GAP"]);
  expect(await codeOf(5_000, 2)).toEqual([404, "RECORDING_NOT_FOUND"]);
  expect(await codeOf(0, 10, "", "live/other")).toEqual([404, "RECORDING_NOT_FOUND"]);
  expect((await ask(0, 0)).statusCode).toBe(400);
  expect((await ask(0, 86_401)).statusCode).toBe(400);
  expect((await ask(0, 1, "&format=avi")).statusCode).toBe(400);
  const { statusCode, body } = await server.inject("/api/v1/recordings/live/cam?start=yesterday&duration=1");
  expect([statusCode, JSON.parse(body).error.split(":")[0]]).toEqual([400, "START_INVALID"]);
});

test("a file that is gone is told", async () => {
  await record(0, 100);
  rmSync(join(root, "live/0.mp4"));
  const { statusCode, body } = await ask(0, 1);
  expect([statusCode, JSON.parse(body).error]).toEqual([409, "RECORDING_UNPLAYABLE: live/0.mp4 is gone"]);
});
