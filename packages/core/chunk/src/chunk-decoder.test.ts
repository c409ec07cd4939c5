import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ChunkDecoder } from "./chunk-decoder.ts";
import { counting, decodeAll, decodeHex, inChunks } from "./decode-all.test.helper.ts";

const SET_CHUNK_SIZE = "02 000000 000004 01 00000000";
const ABORT = "02 000000 000004 02 00000000";

function error(code: string): unknown {
  return expect.objectContaining({ name: "ProtocolError", code });
}

describe("chunk decoder, headers", () => {
  it("reads every field of a format 0 header, the message stream id little-endian", () => {
    expect(decodeHex("03 0003e8 000003 08 39300000 aabbcc")).toEqual([
      { type: 8, timestamp: 1000, messageStreamId: 12345, payload: "aabbcc" },
    ]);
  });

  it("reads a message stream id above 2^31 as unsigned", () => {
    expect(decodeHex("03 000000 000001 08 feffffff 00")[0]?.messageStreamId).toBe(0xfffffffe);
  });

  it("takes the message stream id of the previous header with format 1", () => {
    expect(decodeHex("04 000064 000001 08 05000000 aa  44 00000a 000002 09 bbcc")[1]).toEqual({
      type: 9,
      timestamp: 110,
      messageStreamId: 5,
      payload: "bbcc",
    });
  });

  it("takes length and type as well with format 2", () => {
    expect(decodeHex("04 000064 000002 08 05000000 aabb  84 00000a ccdd")[1]).toEqual({
      type: 8,
      timestamp: 110,
      messageStreamId: 5,
      payload: "ccdd",
    });
  });

  it("takes everything from the previous header with format 3", () => {
    const input = "04 000064 000002 08 05000000 aabb  84 00000a ccdd  c4 eeff";
    expect(decodeHex(input)[2]).toEqual({ type: 8, timestamp: 120, messageStreamId: 5, payload: "eeff" });
  });

  it("returns messages of an undefined type", () => {
    expect(decodeHex("03 000000 000001 fe 00000000 01")[0]?.type).toBe(0xfe);
  });

  it("returns a message without payload as soon as its header has come", () => {
    expect(decodeHex("03 000005 000000 09 01000000")).toEqual([
      { type: 9, timestamp: 5, messageStreamId: 1, payload: "" },
    ]);
  });

  it("returns messages without payload that are one byte long in all", () => {
    const messages = decodeHex("03 000005 000000 09 01000000  83 000002  c3 c3 c3");
    expect(messages.map(({ timestamp }) => timestamp)).toEqual([5, 7, 9, 11, 13]);
  });

  it("takes format 1 on a fresh chunk stream as message stream 0 and time 0 plus the delta", () => {
    expect(decodeHex("42 00000a 000006 04 0007 00000001")).toEqual([
      { type: 4, timestamp: 10, messageStreamId: 0, payload: "000700000001" },
    ]);
  });

  it.each(["82 00000a", "c2"])("refuses a fresh chunk stream that begins with %s", (input) => {
    expect(() => decodeHex(input)).toThrow(error("CHUNK_HEADER_MISSING"));
  });
});

describe("chunk decoder, chunk stream ids", () => {
  it.each([
    ["02", 2],
    ["3f", 63],
    ["00 00", 64],
    ["00 ff", 319],
    ["01 00 00", 64],
    ["01 01 00", 65],
    ["01 ff 00", 319],
    ["01 00 01", 320],
    ["01 ff ff", 65599],
  ])("reads the basic header %s as chunk stream %i", (basicHeader, id) => {
    const asFormat3 = basicHeader.replace(/^./, (digit) => (Number.parseInt(digit, 16) | 0xc).toString(16));
    expect(() => decodeHex(asFormat3)).toThrow(`chunk stream ${id} `);
    expect(decodeHex(`${basicHeader} 000007 000001 08 01000000 aa  ${asFormat3} bb`)).toEqual([
      { type: 8, timestamp: 7, messageStreamId: 1, payload: "aa" },
      { type: 8, timestamp: 14, messageStreamId: 1, payload: "bb" },
    ]);
  });

  it.each([
    ["00 00", "c1 00 00"],
    ["00 ff", "c1 ff 00"],
    ["01 24 00", "c0 24"],
  ])("knows the two forms %s and %s as one chunk stream", (first, continuation) => {
    const payload = counting(300);
    const input = inChunks(`${first} 000000 00012c 09 01000000`, payload, 128, continuation);
    expect(decodeHex(input).map((message) => message.payload)).toEqual([payload]);
  });
});

describe("chunk decoder, messages in several chunks", () => {
  const sizes = [1, 2, 127, 128, 129, 4096, 65537, 0xffffff];

  it.each(sizes)("reads messages of every length around chunk size %i", (chunkSize) => {
    const lengths = [chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 3 * chunkSize + 1];
    for (const length of [0, 1, ...lengths.filter((each) => each < 300_000), 1000]) {
      const payload = counting(length);
      const setChunkSize = `${SET_CHUNK_SIZE} ${chunkSize.toString(16).padStart(8, "0")}`;
      const header = `06 000000 ${length.toString(16).padStart(6, "0")} 09 01000000`;
      const input = setChunkSize + inChunks(header, payload, chunkSize, "c6");
      expect(decodeHex(input).map((message) => message.payload)).toEqual([payload]);
    }
  });

  it("reads the longest message there is in a single chunk when the limit allows it", () => {
    const decoder = new ChunkDecoder({
      maxMessageBytes: 0xffffff,
      maxPartialBytes: 0xffffff,
      maxChunkStreams: 2,
    });
    decoder.push(hex(`${SET_CHUNK_SIZE} 7fffffff  06 000000 ffffff 09 01000000`));
    expect(decoder.next()).toBeUndefined();
    decoder.push(new Uint8Array(0xffffff).fill(7));
    expect(decoder.next()?.payload.lastIndexOf(7)).toBe(0xfffffe);
  });

  it("puts interleaved chunk streams together, and returns messages in the order they end", () => {
    const video = counting(300);
    const audio = counting(130);
    const input = `
      06 000014 00012c 09 01000000 ${video.slice(0, 256)}
      04 000015 000082 08 01000000 ${audio.slice(0, 256)}
      c6 ${video.slice(256, 512)}
      c4 ${audio.slice(256)}
      02 000000 000004 03 00000000 00001000
      c6 ${video.slice(512)}`;
    expect(decodeHex(input)).toEqual([
      { type: 8, timestamp: 21, messageStreamId: 1, payload: audio },
      { type: 3, timestamp: 0, messageStreamId: 0, payload: "00001000" },
      { type: 9, timestamp: 20, messageStreamId: 1, payload: video },
    ]);
  });

  it("takes a format 1 header inside a message that repeats its length and type", () => {
    const payload = counting(130);
    const input = inChunks("06 000014 000082 09 01000000", payload, 128, "46 000000 000082 09");
    expect(decodeHex(input)).toEqual([{ type: 9, timestamp: 20, messageStreamId: 1, payload }]);
  });

  it.each([
    ["format 0, even with the same fields", "06 000014 000082 09 01000000"],
    ["format 1 with another length", "46 000000 000083 09"],
    ["format 1 with another type", "46 000000 000082 08"],
    ["format 2", "86 000000"],
  ])("refuses inside a message a header of %s", (_, header) => {
    const input = inChunks("06 000014 000082 09 01000000", counting(130), 128, header);
    expect(() => decodeHex(input)).toThrow(error("CHUNK_INTERRUPTED"));
  });

  it("takes any format again once the message is whole", () => {
    const message = inChunks("06 000014 000082 09 01000000", counting(130), 128, "c6");
    expect(decodeHex(`${message} ${message} 46 000005 000001 08 aa`).length).toBe(3);
  });

  it("gives payloads memory of their own, no larger than they are", () => {
    const input = hex(inChunks("06 000014 001388 09 01000000", counting(5000), 128, "c6"));
    const decoder = new ChunkDecoder();
    decoder.push(input);
    const payload = decoder.next()?.payload;
    expect(payload?.buffer.byteLength).toBe(5000);
    const before = payload?.slice();
    input.fill(0);
    expect(payload).toEqual(before);
  });

  it("takes more input before the messages of the last have been taken", () => {
    const decoder = new ChunkDecoder();
    decoder.push(hex("04 000000 000001 08 01000000 aa  c4 bb  c4"));
    expect(decoder.next()?.payload).toEqual(hex("aa"));
    expect(decoder.pendingBytes).toBe(3);
    decoder.push(hex("cc"));
    expect(decodeAll([new Uint8Array(0)], decoder).map(({ payload }) => payload)).toEqual(["bb", "cc"]);
    expect(decoder.pendingBytes).toBe(0);
  });
});

describe("chunk decoder, SetChunkSize", () => {
  it("applies it in the middle of another chunk stream's message, from the next chunk on", () => {
    const payload = counting(600);
    const input = `
      06 000000 000258 09 01000000 ${payload.slice(0, 256)}
      ${SET_CHUNK_SIZE} 0000012c
      c6 ${payload.slice(256, 856)}
      ${SET_CHUNK_SIZE} 00000064
      c6 ${payload.slice(856, 1056)}
      c6 ${payload.slice(1056)}`;
    expect(decodeHex(input)).toEqual([{ type: 9, timestamp: 0, messageStreamId: 1, payload }]);
  });

  it("takes effect here and is not returned", () => {
    expect(decodeHex(`${SET_CHUNK_SIZE} 00001000`)).toEqual([]);
  });

  it("can itself be cut into chunks by a chunk size below 4", () => {
    const payload = counting(200);
    const message = inChunks("06 000000 0000c8 09 01000000", payload, 200, "c6");
    expect(decodeHex(`${SET_CHUNK_SIZE} 00000001  c2 00 c2 00 c2 00 c2 c8 ${message}`)).toEqual([
      { type: 9, timestamp: 0, messageStreamId: 1, payload },
    ]);
  });

  it.each(["00000000", "80000000", "ffffffff"])("refuses chunk size %s", (size) => {
    expect(() => decodeHex(`${SET_CHUNK_SIZE} ${size}`)).toThrow(error("CHUNK_SIZE_INVALID"));
  });

  it("refuses one without its four bytes", () => {
    expect(() => decodeHex("02 000000 000003 01 00000000 000010")).toThrow(error("MESSAGE_TRUNCATED"));
  });
});

describe("chunk decoder, Abort", () => {
  const begun = `06 00000a 000082 09 01000000 ${counting(128)}`;

  it("drops the unfinished message of the chunk stream it names and keeps its header", () => {
    const payload = counting(130);
    const input = `${begun} ${ABORT} 00000006 ${inChunks("86 000005", payload, 128, "c6")}`;
    expect(decodeHex(input)).toEqual([{ type: 9, timestamp: 15, messageStreamId: 1, payload }]);
  });

  it("lets a new header of any kind follow", () => {
    const input = `${begun} ${ABORT} 00000006  06 000001 000001 08 02000000 aa`;
    expect(decodeHex(input)).toEqual([{ type: 8, timestamp: 1, messageStreamId: 2, payload: "aa" }]);
  });

  it("gives the memory of the dropped message back", () => {
    const decoder = new ChunkDecoder();
    decodeHex(begun, decoder);
    expect(decoder.partialBytes).toBe(130);
    decodeHex(`${ABORT} 00000006`, decoder);
    expect(decoder.partialBytes).toBe(0);
  });

  it("leaves the messages of other chunk streams alone", () => {
    expect(decodeHex(`${begun} ${ABORT} 00000007  c6 aabb`).length).toBe(1);
  });

  it("does nothing for a chunk stream that has no unfinished message or never existed", () => {
    const input = `04 000000 000001 08 01000000 aa  ${ABORT} 00000004  ${ABORT} 00000009  c4 bb`;
    expect(decodeHex(input).map(({ payload }) => payload)).toEqual(["aa", "bb"]);
    expect(() => decodeHex(`${ABORT} 00000009  c9`)).toThrow(error("CHUNK_HEADER_MISSING"));
  });

  it("refuses one without its four bytes", () => {
    expect(() => decodeHex("02 000000 000002 02 00000000 0006")).toThrow(error("MESSAGE_TRUNCATED"));
  });
});
