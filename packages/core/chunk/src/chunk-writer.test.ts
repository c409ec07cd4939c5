import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { INITIAL_CHUNK_SIZE } from "./chunk-header.ts";
import {
  type ChunkedMessage,
  chunkedLength,
  MESSAGE_STREAM_ID_OFFSET,
  writeChunks,
  writeMessageStreamId,
} from "./chunk-writer.ts";
import { counting, inChunks, toHex } from "./decode-all.test.helper.ts";

const VIDEO: ChunkedMessage = {
  format: 0,
  chunkStreamId: 6,
  timestamp: 1000,
  type: 9,
  messageStreamId: 0x01020304,
  payload: hex("aabb"),
};

function written(fields: Partial<ChunkedMessage>, chunkSize: number = INITIAL_CHUNK_SIZE): string {
  const message = { ...VIDEO, ...fields };
  const target = new Uint8Array(chunkedLength(message, chunkSize));
  expect(writeChunks(target, 0, message, chunkSize)).toBe(target.length);
  return toHex(target);
}

function compact(digits: string): string {
  return digits.replace(/\s+/g, "");
}

describe("chunk writer", () => {
  it.each([
    [0, "06 0003e8 000002 09 04030201 aabb"],
    [1, "46 0003e8 000002 09 aabb"],
    [2, "86 0003e8 aabb"],
    [3, "c6 aabb"],
  ] as const)("writes the header of format %i", (format, expected) => {
    expect(written({ format })).toBe(compact(expected));
  });

  it.each([
    [2, "02", "c2"],
    [63, "3f", "ff"],
    [64, "0000", "c000"],
    [319, "00ff", "c0ff"],
    [320, "010001", "c10001"],
    [65599, "01ffff", "c1ffff"],
  ])(
    "writes chunk stream id %i in its shortest form, in continuations too",
    (chunkStreamId, first, continuation) => {
      const payload = counting(300);
      const expected = inChunks(`${first} 0003e8 00012c 09 04030201`, payload, 128, continuation);
      expect(written({ chunkStreamId, payload: hex(payload) })).toBe(compact(expected));
    },
  );

  it.each([1, 2, 127, 128, 4096, 0xffffff])(
    "cuts payload of every length around chunk size %i",
    (chunkSize) => {
      const lengths = [chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 2 * chunkSize + 1];
      for (const length of [0, 1, ...lengths.filter((each) => each < 300_000), 1000]) {
        const payload = counting(length);
        const header = `06 0003e8 ${length.toString(16).padStart(6, "0")} 09 04030201`;
        const expected = compact(inChunks(header, payload, chunkSize, "c6"));
        expect(written({ payload: hex(payload) }, chunkSize)).toBe(expected);
      }
    },
  );

  it.each([
    [0xfffffe, "fffffe"],
    [0xffffff, "ffffff 00ffffff"],
    [0x1000000, "ffffff 01000000"],
    [0xfffffffe, "ffffff fffffffe"],
  ])("writes timestamp %i extended from 0xffffff on", (timestamp, field) => {
    const [plain, extended = ""] = field.split(" ");
    expect(written({ timestamp })).toBe(`06${plain}0000020904030201${extended}aabb`);
    expect(written({ timestamp, format: 1 })).toBe(`46${plain}00000209${extended}aabb`);
    expect(written({ timestamp, format: 2 })).toBe(`86${plain}${extended}aabb`);
    expect(written({ timestamp, format: 3 })).toBe(`c6${extended}aabb`);
  });

  it("repeats an extended timestamp in every chunk", () => {
    const payload = counting(300);
    const header = "06 ffffff 00012c 09 04030201 01020304";
    const expected = compact(inChunks(header, payload, 128, "c6 01020304"));
    expect(written({ timestamp: 0x1020304, payload: hex(payload) })).toBe(expected);
  });

  it("writes at any place of a larger target and nothing around it", () => {
    const target = new Uint8Array(20).fill(0xee);
    expect(writeChunks(target, 3, VIDEO, 128)).toBe(17);
    expect(toHex(target)).toBe(`eeeeee${written({})}eeeeee`);
  });

  it("lets the message stream id of a finished header be written anew", () => {
    const target = hex(written({}));
    expect(writeMessageStreamId(target, MESSAGE_STREAM_ID_OFFSET, 0xfffefdfc)).toBe(12);
    expect(toHex(target)).toBe(written({ messageStreamId: 0xfffefdfc }));
  });

  it("writes the longest payload that a header can declare and refuses a longer one", () => {
    const longest = { ...VIDEO, payload: new Uint8Array(0xffffff) };
    expect(chunkedLength(longest, 0xffffff)).toBe(12 + 0xffffff);
    const longer = { ...VIDEO, payload: new Uint8Array(0x1000000) };
    expect(() => chunkedLength(longer, 0xffffff)).toThrow("16777216 bytes");
  });
});
