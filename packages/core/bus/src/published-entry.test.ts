import { decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ChunkDecoder, ChunkEncoder, RtmpFraming } from "@headgate/chunk";
import { type Message, MessageType, setChunkSize } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { asPublished } from "./published-entry.ts";
import { Segment } from "./segment.ts";

const CHUNK_SIZE = 4096;

function entryOf(message: Message, chunkSize = CHUNK_SIZE): Uint8Array {
  const segment = new Segment({ framing: new RtmpFraming(chunkSize), base: 0, capacity: 100_000 }, 0);
  segment.append(message, 0);
  return segment.slice(0, 100_000);
}

function decode(bytes: Uint8Array): Message {
  const decoder = new ChunkDecoder();
  decoder.push(new ChunkEncoder().encode(setChunkSize(CHUNK_SIZE), 2));
  decoder.next();
  decoder.push(bytes);
  return decoder.next()!;
}

const data = (...values: Parameters<typeof encodeAmf0Values>[0]): Message => ({
  type: MessageType.dataAmf0,
  timestamp: 7,
  messageStreamId: 1,
  payload: encodeAmf0Values(values),
});

describe("an entry for a server to which a stream is published on", () => {
  it("is wrapped into @setDataFrame if it is metadata", () => {
    const message = decode(asPublished(entryOf(data("onMetaData", { width: 640 })), CHUNK_SIZE));
    expect(message).toMatchObject({ type: MessageType.dataAmf0, timestamp: 7, messageStreamId: 1 });
    expect(decodeAmf0Values(message.payload)).toEqual(["@setDataFrame", "onMetaData", { width: 640 }]);
  });

  it.each([
    ["other data", data("onCuePoint", 1)],
    ["a picture", { ...data("onMetaData"), type: MessageType.video }],
    ["metadata that would not fit into a chunk", data("onMetaData", "x".repeat(CHUNK_SIZE - 20))],
  ])("is left alone if it is %s", (_, message) => {
    const entry = entryOf(message);
    expect(asPublished(entry, CHUNK_SIZE)).toBe(entry);
  });
});
