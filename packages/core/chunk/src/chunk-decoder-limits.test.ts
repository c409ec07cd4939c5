import { hex, Random, randomCuts } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ChunkDecoder } from "./chunk-decoder.ts";
import { counting, decodeHex, inChunks } from "./decode-all.test.helper.ts";
import type { ChunkLimits } from "./limits.ts";

const SET_CHUNK_SIZE_MAX = "02 000000 000004 01 00000000 00ffffff";

function decoderWith(limits: Partial<ChunkLimits>): ChunkDecoder {
  return new ChunkDecoder({ maxMessageBytes: 1000, maxPartialBytes: 10_000, maxChunkStreams: 5, ...limits });
}

function error(code: string): unknown {
  return expect.objectContaining({ name: "ProtocolError", code });
}

describe("chunk decoder, limits", () => {
  it("takes a message as long as the limit", () => {
    const message = inChunks("06 000000 0003e8 09 01000000", counting(1000), 128, "c6");
    expect(decodeHex(message, decoderWith({})).length).toBe(1);
  });

  it("refuses a longer message on its header alone", () => {
    const decoder = decoderWith({});
    expect(() => decodeHex("06 000000 0003e9 09 01000000", decoder)).toThrow(error("MESSAGE_TOO_LONG"));
    expect(decoder.partialBytes).toBe(0);
  });

  it("refuses a longer message after an extended timestamp too, and with format 1", () => {
    expect(() => decodeHex("06 ffffff 0003e9 09 01000000 01000000", decoderWith({}))).toThrow(
      error("MESSAGE_TOO_LONG"),
    );
    expect(() => decodeHex("46 000000 ffffff 09", decoderWith({}))).toThrow(error("MESSAGE_TOO_LONG"));
  });

  it("takes as many chunk streams as the limit and refuses one more", () => {
    const decoder = decoderWith({ maxChunkStreams: 3 });
    for (const id of ["03", "04", "05", "03", "04"]) decodeHex(`${id} 000000 000000 09 01000000`, decoder);
    expect(() => decodeHex("06 000000 000000 09 01000000", decoder)).toThrow(error("CHUNK_STREAMS_EXCEEDED"));
  });

  it("refuses unfinished messages that together hold more than the limit", () => {
    const decoder = decoderWith({ maxPartialBytes: 2000 });
    const begin = (id: string) => `${id} 000000 0003e8 09 01000000 ${counting(128)}`;
    decodeHex(`${begin("04")} ${begin("05")}`, decoder);
    expect(decoder.partialBytes).toBe(2000);
    expect(() => decodeHex(begin("06"), decoder)).toThrow(error("CHUNK_BUFFER_EXCEEDED"));
  });

  it("never holds more than the limit, not even while refusing", () => {
    const limits = { maxMessageBytes: 8_000_000, maxPartialBytes: 5000 };
    const decoder = decoderWith(limits);
    decodeHex(`${SET_CHUNK_SIZE_MAX}  06 000000 7a1200 09 01000000`, decoder);
    expect(() => {
      decoder.push(new Uint8Array(5001));
      decoder.next();
    }).toThrow(error("CHUNK_BUFFER_EXCEEDED"));
    expect(decoder.partialBytes).toBeLessThanOrEqual(5000);
  });

  it("counts messages no more once they are whole", () => {
    const decoder = decoderWith({ maxPartialBytes: 1000 });
    const message = inChunks("06 000000 0003e8 09 01000000", counting(1000), 128, "c6");
    for (let i = 0; i < 5; i += 1) expect(decodeHex(message, decoder).length).toBe(1);
    expect(decoder.partialBytes).toBe(0);
  });

  it("holds little for long messages declared on 60 chunk streams", () => {
    const decoder = new ChunkDecoder();
    const digits = (id: number) => id.toString(16).padStart(2, "0");
    for (let id = 3; id < 63; id += 1) {
      decodeHex(`${digits(id)} 000000 800000 09 01000000 ${counting(128)}`, decoder);
    }
    expect(decoder.partialBytes).toBeLessThanOrEqual(60 * 4096);
  });

  it("holds nothing for a message of which only the header has come", () => {
    const decoder = new ChunkDecoder();
    decodeHex("06 000000 800000 09 01000000", decoder);
    expect(decoder.partialBytes).toBe(0);
  });

  it("holds at most four times what has arrived of a long message, and in the end just its length", () => {
    const decoder = new ChunkDecoder();
    decodeHex(`${SET_CHUNK_SIZE_MAX}  06 000000 100000 09 01000000`, decoder);
    const payload = new Uint8Array(0x100000);
    let arrived = 0;
    for (const piece of randomCuts(payload, new Random(1))) {
      decoder.push(piece);
      arrived += piece.length;
      const message = decoder.next();
      if (message) expect(message.payload.buffer.byteLength).toBe(payload.length);
      else expect(decoder.partialBytes).toBeLessThanOrEqual(Math.max(4096, 4 * arrived));
    }
    expect(arrived).toBe(payload.length);
    expect(decoder.partialBytes).toBe(0);
  });

  it("has taken all input when it needs more", () => {
    const decoder = new ChunkDecoder();
    decoder.push(hex("06 000000 000003 09 01000000 aabb"));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.pendingBytes).toBe(0);
  });
});
