import type { Message } from "@headgate/message";
import { setChunkSize } from "@headgate/message";
import { decodeInEveryCut, Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ChunkDecoder } from "./chunk-decoder.ts";
import { ChunkEncoder } from "./chunk-encoder.ts";
import { decodeAll, joined, type ReadableMessage, readable } from "./decode-all.test.helper.ts";
import { RandomChunks } from "./random-chunks.test.helper.ts";

const SEEDS: readonly number[] = Array.from({ length: 40 }, (_, i) => i + 1);

/** Decodes and makes sure that nothing is held any more. */
function decodeAndLetGo(pieces: readonly Uint8Array[]): ReadableMessage[] {
  const decoder = new ChunkDecoder();
  const messages = decodeAll(pieces, decoder);
  expect([decoder.partialBytes, decoder.pendingBytes]).toEqual([0, 0]);
  return messages;
}

/** A message like `previous` in some fields, so that the encoder finds something to leave out. */
function randomMessage(random: Random, previous: Message | undefined): Message {
  const changes = random.below(4) === 0;
  const step = random.pick([0, 20, 20, 20, 33, 0xfffffe, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff]);
  return {
    type: previous && !changes ? previous.type : random.pick([4, 8, 9, 15, 18, 20]),
    timestamp: ((previous?.timestamp ?? random.pick([0, 0xffffff, 0xffffff00])) + step) >>> 0,
    messageStreamId:
      previous && random.below(8) > 0 ? previous.messageStreamId : random.pick([0, 1, 2, 0xffffffff]),
    payload: random.bytes(
      previous && !changes ? previous.payload.length : random.below(random.pick([3, 300, 3000])),
    ),
  };
}

/** Messages on several chunk streams, with changes of the chunk size between them. */
function encodeRandomMessages(random: Random): { messages: Message[]; bytes: Uint8Array[] } {
  const encoder = new ChunkEncoder();
  const last = new Map<number, Message>();
  const messages: Message[] = [];
  const bytes: Uint8Array[] = [];
  for (let i = 0; i < 60; i += 1) {
    if (random.below(8) === 0) {
      const chunkSize = random.pick([1, 2, 127, 128, 129, 4096, 60_000, 0xffffff]);
      bytes.push(encoder.encode(setChunkSize(chunkSize), 2));
      encoder.useChunkSize(chunkSize);
    }
    const chunkStreamId = random.pick([2, 3, 6, 63, 64, 319, 320, 65599]);
    const message = randomMessage(random, last.get(chunkStreamId));
    last.set(chunkStreamId, message);
    messages.push(message);
    bytes.push(encoder.encode(message, chunkStreamId));
  }
  return { messages, bytes };
}

describe("chunk streams, for random messages", () => {
  it.each(SEEDS)("decode to what was encoded, in every cut (seed %i)", (seed) => {
    const random = new Random(seed);
    const { messages, bytes } = encodeRandomMessages(random);
    const expected = messages.map(readable);
    const decoded = decodeInEveryCut(joined(bytes), random, decodeAndLetGo);
    expect(decoded.whole).toEqual(expected);
    expect(decoded.byteByByte).toEqual(expected);
    expect(decoded.randomCuts).toEqual(expected);
  });

  it.each(SEEDS.flatMap((seed) => [[seed, "repeated"] as const, [seed, "not repeated"] as const]))(
    "decode interleaved and aborted ones in every cut (seed %i, extended timestamps %s)",
    (seed, extended) => {
      const random = new Random(seed);
      const chunks = new RandomChunks(random, { repeatsExtended: extended === "repeated" });
      const expected = chunks.messages.map(readable);
      const decoded = decodeInEveryCut(chunks.bytes, random, decodeAndLetGo);
      expect(decoded.whole).toEqual(expected);
      expect(decoded.byteByByte).toEqual(expected);
      expect(decoded.randomCuts).toEqual(expected);
    },
  );
});
