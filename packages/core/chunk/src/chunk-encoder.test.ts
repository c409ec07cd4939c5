import type { Message } from "@headgate/message";
import { setChunkSize } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ChunkEncoder } from "./chunk-encoder.ts";
import { counting, decodeAll, inChunks, readable, toHex } from "./decode-all.test.helper.ts";

const AUDIO: Message = { type: 8, timestamp: 1000, messageStreamId: 1, payload: hex("aabb") };

/** What an encoder writes for the messages, one after the other on chunk stream 4. */
function encoded(messages: readonly Partial<Message>[]): string[] {
  const encoder = new ChunkEncoder();
  return messages.map((fields) => toHex(encoder.encode({ ...AUDIO, ...fields }, 4)));
}

function compact(digits: string): string {
  return digits.replace(/\s+/g, "");
}

const FULL = "04 0003e8 000002 08 01000000 aabb";

describe("chunk encoder", () => {
  it("begins a chunk stream with format 0", () => {
    expect(encoded([{}])).toEqual([FULL].map(compact));
  });

  it("writes only the delta when length, type and stream stay the same", () => {
    expect(encoded([{}, { timestamp: 1020 }])).toEqual([FULL, "84 000014 aabb"].map(compact));
  });

  it("writes no header fields when the delta stays the same as well", () => {
    expect(encoded([{}, { timestamp: 1020 }, { timestamp: 1040 }, { timestamp: 1060 }])).toEqual(
      [FULL, "84 000014 aabb", "c4 aabb", "c4 aabb"].map(compact),
    );
  });

  it("never follows format 0 by format 3, which readers understand differently", () => {
    expect(encoded([{ timestamp: 20 }, { timestamp: 40 }])[1]).toBe("84000014aabb");
    expect(encoded([{ timestamp: 0 }, { timestamp: 0 }])[1]).toBe("84000000aabb");
  });

  it.each([
    ["length", { payload: hex("cc") }, "44 000014 000001 08 cc"],
    ["type", { type: 9 }, "44 000014 000002 09 aabb"],
  ])("writes format 1 when the %s changes", (_, change, expected) => {
    expect(encoded([{}, { timestamp: 1020, ...change }])).toEqual([FULL, expected].map(compact));
  });

  it("repeats the delta of a format 1 header by format 3", () => {
    const cc = { payload: hex("cc") };
    expect(encoded([{}, { timestamp: 1020, ...cc }, { timestamp: 1040, ...cc }])[2]).toBe("c4cc");
  });

  it("writes format 0 when the message stream changes", () => {
    expect(encoded([{}, { timestamp: 1020, messageStreamId: 2 }])).toEqual(
      [FULL, "04 0003fc 000002 08 02000000 aabb"].map(compact),
    );
  });

  it("writes format 0 when the time goes backward", () => {
    expect(encoded([{}, { timestamp: 999 }])).toEqual(
      [FULL, "04 0003e7 000002 08 01000000 aabb"].map(compact),
    );
  });

  it("goes on by a delta when the time wraps at 2^32", () => {
    expect(encoded([{ timestamp: 0xfffffff0 }, { timestamp: 0x10 }])).toEqual(
      ["04 ffffff 000002 08 01000000 fffffff0 aabb", "84 000020 aabb"].map(compact),
    );
  });

  it("writes format 0 rather than an extended delta, which SRS reads as absolute", () => {
    const [, longest, longer] = encoded([
      {},
      { timestamp: 1000 + 0xfffffe },
      { timestamp: 1000 + 0x1fffffd },
    ]);
    expect(longest).toBe("84fffffeaabb");
    expect(longer).toBe("04ffffff0000020801000000020003e5aabb");
  });

  it("remembers every chunk stream by itself", () => {
    const encoder = new ChunkEncoder();
    encoder.encode(AUDIO, 4);
    expect(toHex(encoder.encode(AUDIO, 6))).toBe(compact("06 0003e8 000002 08 01000000 aabb"));
    expect(toHex(encoder.encode({ ...AUDIO, timestamp: 1001 }, 4))).toBe("84000001aabb");
  });

  it("cuts into chunks of 128 bytes until it is told another size", () => {
    const encoder = new ChunkEncoder();
    const payload = counting(300);
    const message = { ...AUDIO, payload: hex(payload) };
    expect(toHex(encoder.encode(message, 4))).toBe(
      compact(inChunks("04 0003e8 00012c 08 01000000", payload, 128, "c4")),
    );
    encoder.encode(setChunkSize(200), 2);
    encoder.useChunkSize(200);
    expect(toHex(encoder.encode(message, 4))).toBe(compact(inChunks("84 000000", payload, 200, "c4")));
  });

  it("leaves the message and its payload alone and shares no memory with it", () => {
    const payload = hex("aabb");
    const bytes = new ChunkEncoder().encode({ ...AUDIO, payload }, 4);
    payload.fill(0);
    expect(decodeAll([bytes])).toEqual([readable(AUDIO)]);
  });
});
