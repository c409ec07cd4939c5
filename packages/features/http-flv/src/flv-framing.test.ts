import { encodeFlvTag, FlvDecoder, type FlvTag, writeFlvHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FlvFraming, type Media } from "./flv-framing.ts";
import { type FrameHandler, FrameReader } from "./frame-reader.ts";

const message = fc.record({
  type: fc.constantFrom(MessageType.audio, MessageType.video, MessageType.dataAmf0),
  timestamp: fc.integer({ min: 0, max: 0xffffffff }),
  messageStreamId: fc.constant(0),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(110, 111, 65_520, 65_521, 70_000).map((length) => new Uint8Array(length).fill(7)),
  ),
});

/** The entries of messages, one after the other behind a few bytes that are none of theirs. */
function framed(
  framing: FlvFraming,
  messages: readonly Message[],
): { entries: Uint8Array[]; all: Uint8Array } {
  const length = messages.reduce((sum, each) => sum + framing.entryLength(each), 3);
  const target = new Uint8Array(length).fill(0xee);
  const entries: Uint8Array[] = [];
  let at = 3;
  for (const each of messages) {
    const end = framing.write(target, at, each);
    expect(end - at).toBe(framing.entryLength(each));
    entries.push(target.subarray(at, end));
    at = end;
  }
  return { entries, all: target.subarray(3) };
}

function expectRead(framing: FlvFraming, entry: Uint8Array, { payload, ...written }: Message): void {
  const { payload: read, ...rest } = framing.read(entry);
  expect(rest).toEqual(written);
  expect(Buffer.from(read).equals(payload)).toBe(true);
}

/** What a reader of FLV finds. */
function tagsIn(bytes: Uint8Array): FlvTag[] {
  const decoder = new FlvDecoder();
  decoder.push(writeFlvHeader({ hasAudio: true, hasVideo: true }));
  decoder.push(bytes);
  const tags: FlvTag[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next()) tags.push(tag);
  return tags;
}

test("entries are the tags of FLV, and are read back", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const framing = new FlvFraming("all", "http");
      const { entries, all } = framed(framing, messages);
      expect(Buffer.from(all).equals(Buffer.concat(messages.map(encodeFlvTag)))).toBe(true);
      for (const [index, entry] of entries.entries()) expectRead(framing, entry, messages[index]!);
    }),
  );
});

test("for WebSockets each tag is one message", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const framing = new FlvFraming("all", "websocket");
      const { entries, all } = framed(framing, messages);
      for (const [index, entry] of entries.entries()) expectRead(framing, entry, messages[index]!);
      expect(Buffer.concat(messagesOfServer(all)).equals(Buffer.concat(messages.map(encodeFlvTag)))).toBe(
        true,
      );
      expect(messagesOfServer(all)).toHaveLength(messages.length);
    }),
  );
});

test.each([
  ["audio", MessageType.video],
  ["video", MessageType.audio],
] as const)("with %s alone, the rest takes no room", (media: Media, leftOut) => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      for (const carrier of ["http", "websocket"] as const) {
        const { all } = framed(new FlvFraming(media, carrier), messages);
        const bytes = carrier === "http" ? all : Buffer.concat(messagesOfServer(all));
        expect(tagsIn(bytes).map(({ type }) => type)).toEqual(
          messages.flatMap(({ type }) => (type === leftOut ? [] : [type])),
        );
      }
    }),
  );
});

/** The payloads of frames from a server, read as a client's with a mask of zeros. */
function messagesOfServer(bytes: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = bytes[at + 1]! < 126 ? 2 : bytes[at + 1] === 126 ? 4 : 10;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, header);
    const length = header === 2 ? view.getUint8(1) : header === 4 ? view.getUint16(2) : view.getUint32(6);
    const frame = bytes.subarray(at, at + header + length);
    const masked = Buffer.concat([frame.subarray(0, header), Buffer.alloc(4), frame.subarray(header)]);
    masked[1]! |= 0x80;
    const pieces: Uint8Array[] = [];
    const handler: FrameHandler = {
      onData: (piece) => pieces.push(Buffer.from(piece)),
      onPing: () => {},
      onClose: () => {},
    };
    const limits = { maxMessageBytes: 100_000, takesText: false, mayRead: () => true };
    new FrameReader(handler, limits).push(masked);
    payloads.push(Buffer.concat(pieces));
    at += frame.length;
  }
  return payloads;
}
