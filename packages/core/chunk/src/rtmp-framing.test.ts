import { type Message, MessageType, setChunkSize } from "@headgate/message";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkEncoder } from "./chunk-encoder.ts";
import { decodeAll, readable } from "./decode-all.test.helper.ts";
import { RtmpFraming } from "./rtmp-framing.ts";

const CHUNK_SIZE = 100;
const framing = new RtmpFraming(CHUNK_SIZE);

function message(fields: Partial<Message> = {}): Message {
  return { type: MessageType.video, timestamp: 7, messageStreamId: 1, payload: new Uint8Array(5), ...fields };
}

function entryOf(each: Message): Uint8Array {
  const entry = new Uint8Array(framing.entryLength(each));
  expect(framing.write(entry, 0, each)).toBe(entry.length);
  return entry;
}

/** As a player reads it that has been told the chunk size. */
function played(entry: Uint8Array): unknown {
  return decodeAll([new ChunkEncoder().encode(setChunkSize(CHUNK_SIZE), 2), entry]).at(-1);
}

const anyMessage = fc.record({
  type: fc.constantFrom(MessageType.audio, MessageType.video, MessageType.dataAmf0, MessageType.dataAmf3),
  timestamp: fc.oneof(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    fc.constantFrom(0xff_fffe, 0xff_ffff, 0xffff_ffff),
  ),
  messageStreamId: fc.constant(1),
  payload: fc
    .oneof(fc.nat(50), fc.nat(5 * CHUNK_SIZE), fc.constantFrom(CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1))
    .map((length) => Uint8Array.from({ length }, (_, at) => at * 7)),
});

describe("RTMP's framing of a log", () => {
  it("writes entries that a player reads, and that it reads itself", () => {
    fc.assert(
      fc.property(anyMessage, (each) => {
        const entry = entryOf(each);
        expect(played(entry)).toEqual(readable(each));
        expect(readable(framing.read(entry))).toEqual(readable(each));
      }),
      { seed: 12 },
    );
  });

  it("reads the payload as a view if it is one chunk, and copies it if it is several", () => {
    const [one, several] = [CHUNK_SIZE, CHUNK_SIZE + 1].map((length) =>
      entryOf(message({ payload: new Uint8Array(length) })),
    ) as [Uint8Array, Uint8Array];
    expect(framing.read(one).payload.buffer).toBe(one.buffer);
    expect(framing.read(several).payload.buffer).not.toBe(several.buffer);
  });

  it("keeps data, audio and video on chunk streams 4, 5 and 6, whatever the type of the data", () => {
    const types = [MessageType.dataAmf0, MessageType.dataAmf3, MessageType.audio, MessageType.video];
    expect(types.map((type) => entryOf(message({ type }))[0])).toEqual([4, 4, 5, 6]);
  });

  it("writes every entry for one NetStream, and addresses a copy to another", () => {
    const entry = entryOf(message({ messageStreamId: 3 }));
    expect(framing.read(entry)).toEqual(message({ messageStreamId: framing.netStreamId }));
    framing.address(entry, 0xfffe_fdfc);
    expect(played(entry)).toEqual(readable(message({ messageStreamId: 0xfffe_fdfc })));
  });
});
