import { MessageType } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ChunkDecoder } from "./chunk-decoder.ts";
import { PayloadMemory } from "./payload-memory.ts";

const KIB = 1024;

describe("the memory for payloads", () => {
  it("is used again, in sizes that are powers of two", () => {
    const memory = new PayloadMemory();
    const first = memory.take(5000);
    expect(first.length).toBe(8 * KIB);
    memory.giveBack(first);
    expect(memory.take(4097)).toBe(first);
    expect(memory.take(4097)).not.toBe(first);
    expect([1, 4096, 4097, 256 * KIB].map((length) => memory.sizeFor(length))).toEqual([
      4 * KIB,
      4 * KIB,
      8 * KIB,
      256 * KIB,
    ]);
  });

  it("is that of one message if it is long, and is not kept", () => {
    const memory = new PayloadMemory();
    const long = memory.take(256 * KIB + 1);
    expect(long.length).toBe(256 * KIB + 1);
    memory.giveBack(long);
    expect(memory.freeBytes).toBe(0);
  });

  it("keeps no more than its limit", () => {
    const memory = new PayloadMemory();
    const taken = Array.from({ length: 40 }, () => memory.take(256 * KIB));
    for (const each of taken) memory.giveBack(each);
    expect(memory.freeBytes).toBe(8 * KIB * KIB);
  });
});

describe("a decoder with it", () => {
  const SET_CHUNK_SIZE_2 = "02 000000 000004 01 00000000 00000002";

  function decoded(decoder: ChunkDecoder, bytes: string): Uint8Array[] {
    decoder.push(hex(bytes));
    const payloads: Uint8Array[] = [];
    for (let message = decoder.next(); message; message = decoder.next()) payloads.push(message.payload);
    return payloads;
  }

  it("takes audio and video that have arrived whole from its input", () => {
    const decoder = new ChunkDecoder(undefined, new PayloadMemory());
    const input = hex("06 000000 000003 09 01000000 aabbcc");
    decoder.push(input);
    expect(decoder.next()?.payload.buffer).toBe(input.buffer);
  });

  it("gathers those in several chunks, or pieces, in memory that it gives back at the next call", () => {
    const memory = new PayloadMemory();
    const decoder = new ChunkDecoder(undefined, memory);
    decoder.push(hex(`${SET_CHUNK_SIZE_2} 06 000000 000003 09 01000000 aabb c6 cc`));
    const message = decoder.next();
    expect(message?.payload).toEqual(hex("aabbcc"));
    expect(memory.freeBytes).toBe(0);
    expect(decoder.partialBytes).toBe(0);
    expect(decoder.next()).toBeUndefined();
    expect(memory.freeBytes).toBe(4 * KIB);
    expect(decoded(decoder, "c6 dd")).toEqual([]);
    expect(memory.freeBytes).toBe(0);
    expect(decoder.partialBytes).toBe(4 * KIB);
  });

  it("gives back what it had of a message that is aborted", () => {
    const memory = new PayloadMemory();
    const decoder = new ChunkDecoder(undefined, memory);
    decoded(decoder, `${SET_CHUNK_SIZE_2} 06 000000 000003 09 01000000 aabb`);
    decoded(decoder, "02 000000 000004 02 00000000 0000 c2 0006");
    expect(memory.freeBytes).toBe(4 * KIB);
    expect(decoder.partialBytes).toBe(0);
  });

  it("gives every other message memory of its own", () => {
    const memory = new PayloadMemory();
    const decoder = new ChunkDecoder(undefined, memory);
    const input = hex(`03 000000 000003 ${MessageType.commandAmf0.toString(16)} 00000000 aabbcc`);
    decoder.push(input);
    expect(decoder.next()?.payload.buffer).not.toBe(input.buffer);
    expect(memory.freeBytes).toBe(0);
  });
});
