import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageType } from "@headgate/message";
import { NO_FAULTS, Random } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RecordingFormat } from "../config.ts";
import { inTurns } from "../in-turns.ts";
import { readAll } from "../read-all.ts";
import { createWriter } from "../recording-writer.ts";
import { firstSound, messagesOf, numbersOf, PICTURE_MS, streamed } from "../streamed.test.helper.ts";
import { FileGrowth, type GrowingFile } from "./file-growth.ts";
import { openingOf } from "./recorded-file.ts";
import { RecordedFiles } from "./recorded-files.ts";
import { SavedIndexes } from "./saved-indexes.ts";

const PICTURES = 100;
/** The sound goes on for a moment after the last picture. */
const FRAME_BYTES = 2_000;
const MESSAGES = streamed(0, PICTURES, { frameBytes: FRAME_BYTES });
const SOUNDS = firstSound("aac", PICTURE_MS * PICTURES);

let root: string;
let guard: Guard;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headgate-growth-"));
  guard = new Guard(NO_FAULTS, "task", () => {});
});

afterEach(() => rmSync(root, { recursive: true }));

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** What a recorder appends to a file, write after write; the last one makes an ordinary file of it but for its patches. */
async function writesOf(format: RecordingFormat): Promise<Uint8Array[]> {
  const writer = createWriter(format, 0);
  const writes: Uint8Array[] = [];
  let savedMs = 0;
  for (const message of MESSAGES) {
    writer.write(message);
    if (message.timestamp - savedMs < 500) continue;
    savedMs = message.timestamp;
    writes.push(Buffer.concat(writer.take()));
  }
  const { tail } = await inTurns(writer.finish());
  return [...writes, Buffer.concat(tail)].filter(({ length }) => length > 0);
}

/** Growth of a file that is opened as it is now. */
async function growthOf(
  file: string,
  isWritten: GrowingFile["isWritten"],
  onGrown: GrowingFile["onGrown"] = () => {},
) {
  const handle = await open(file);
  const opening = openingOf("mp4", true);
  const { size: bytes } = await handle.stat();
  const index = await readAll(opening, handle, bytes);
  const growth = new FileGrowth({ handle, opening, bytes, isWritten, onGrown }, guard);
  return { growth, index, handle };
}

/** Looks until something has changed. */
async function lookedUntil(growth: FileGrowth, condition: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      growth.look();
      expect(condition()).toBe(true);
    },
    { interval: 1 },
  );
}

describe("the growth of a file", () => {
  let file: string;
  let writes: Uint8Array[];
  let handle: FileHandle;

  beforeEach(async () => {
    writes = await writesOf("mp4");
    file = join(root, "cam.mp4");
    writeFileSync(file, writes[0]!);
  });

  afterEach(() => handle.close().catch(() => {}));

  test("is in its index, and told once to those that wait", async () => {
    const onGrown = vi.fn();
    const opened = await growthOf(file, () => true, onGrown);
    const { growth, index } = opened;
    handle = opened.handle;
    const before = index.count;
    const onMore = vi.fn();
    growth.wait(onMore);
    growth.wait(onMore);
    growth.look();
    await sleep(5);
    expect(onMore).not.toHaveBeenCalled();
    appendFileSync(file, writes[1]!);
    await lookedUntil(growth, () => index.count > before);
    await lookedUntil(growth, () => onMore.mock.calls.length > 0);
    appendFileSync(file, writes[2]!);
    const { count } = index;
    await lookedUntil(growth, () => index.count > count);
    await lookedUntil(growth, () => growth.bytes === statSync(file).size);
    expect(onMore).toHaveBeenCalledTimes(1);
    expect(onGrown.mock.calls.map(([bytes]) => bytes)).toEqual([
      writes[0]!.length,
      writes[0]!.length + writes[1]!.length,
    ]);
    expect(growth.isGrowing).toBe(true);
  });

  test("has all that was written before it ended, also what came while that was asked", async () => {
    const opened = await growthOf(file, () => {
      for (const bytes of writes.splice(1)) appendFileSync(file, bytes);
      return false;
    });
    const { growth, index } = opened;
    handle = opened.handle;
    const onMore = vi.fn();
    growth.wait(onMore);
    growth.look();
    await vi.waitFor(() => expect(onMore).toHaveBeenCalledTimes(1));
    expect(growth.isGrowing).toBe(false);
    expect(index.count).toBe(PICTURES + SOUNDS);
  });

  test("ends where it cannot be read further, and those that wait hear so", async () => {
    const opened = await growthOf(file, () => true);
    const { growth } = opened;
    const onMore = vi.fn();
    growth.wait(onMore);
    await opened.handle.close();
    handle = opened.handle;
    growth.look();
    await vi.waitFor(() => expect(onMore).toHaveBeenCalledTimes(1));
    expect(growth.isGrowing).toBe(false);
    growth.look();
  });

  test("is looked at by one at a time", async () => {
    let asked = 0;
    let answer: (isWritten: boolean) => void = () => {};
    const opened = await growthOf(file, () => {
      asked += 1;
      return new Promise<boolean>((resolve) => {
        answer = resolve;
      });
    });
    const { growth } = opened;
    handle = opened.handle;
    for (const _ of range(5)) growth.look();
    expect(asked).toBe(1);
    answer(true);
    await lookedUntil(growth, () => asked === 2);
    answer(false);
    await vi.waitFor(() => expect(growth.isGrowing).toBe(false));
  });
});

describe("players of a file that grows", () => {
  let isWritten = true;
  let files: RecordedFiles;

  beforeEach(() => {
    isWritten = true;
    files = new RecordedFiles(guard, new SavedIndexes(root), async () => {
      const answer = isWritten;
      await new Promise(setImmediate);
      return answer;
    });
  });

  /** Appends it as the system does for a busy disk: others see a part of it first. */
  async function append(file: string, bytes: Uint8Array, random: Random): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const length = random.pick([1, 9, 100, 4_096, 40_000, bytes.length]);
      appendFileSync(file, bytes.subarray(at, at + length));
      at += length;
      for (let turns = random.below(4); turns > 0; turns -= 1) await new Promise(setImmediate);
    }
  }

  test.each(["mp4", "flv"] as const)(
    "have all of it, %s, however it is written, looked at and read",
    async (format) => {
      const writes = await writesOf(format);
      for (let seed = 1; seed <= Number(process.env.HEADGATE_GROWTHS ?? 5); seed += 1) {
        const random = new Random(seed);
        const file = join(root, `cam${seed}.${format}`);
        writeFileSync(file, writes[0]!);
        isWritten = true;
        const sources = await Promise.all(range(3).map(() => files.play(file, root)));
        const played = sources.map((source) => messagesOf(source!));
        let isOver = false;
        const looking = (async () => {
          for (; !isOver; files.sweep())
            for (let turns = random.below(20); turns >= 0; turns -= 1) await new Promise(setImmediate);
        })();
        for (const bytes of writes.slice(1)) await append(file, bytes, random);
        isWritten = false;
        for (const messages of await Promise.all(played)) {
          const numbers = (type: number): number[] => numbersOf(messages, type, FRAME_BYTES);
          expect(numbers(MessageType.video), `seed ${seed}`).toEqual(range(PICTURES));
          expect(numbers(MessageType.audio), `seed ${seed}`).toEqual(range(SOUNDS));
        }
        isOver = true;
        await looking;
        for (const source of sources) source!.close();
        expect(files.size).toBe(0);
      }
    },
  );

  test("end where a file ends that was cut, because the disk was full", async () => {
    const writes = await writesOf("mp4");
    const file = join(root, "cam.mp4");
    writeFileSync(file, Buffer.concat(writes.slice(0, 3)));
    const source = (await files.play(file, root))!;
    truncateSync(file, writes[0]!.length);
    const played = messagesOf(source);
    await sleep(10);
    isWritten = false;
    const sweeping = setInterval(() => files.sweep(), 1);
    const messages = await played;
    clearInterval(sweeping);
    const pictures = numbersOf(messages, MessageType.video);
    expect(pictures).toEqual(range(pictures.length));
    expect(pictures.length).toBeGreaterThan(10);
    source.close();
  });
});
