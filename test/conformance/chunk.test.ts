import {
  ChunkDecoder,
  ChunkEncoder,
  type ChunkedMessage,
  chunkedLength,
  INITIAL_CHUNK_SIZE,
  writeChunks,
} from "@headgate/chunk";
import { type Message, MessageType, setChunkSize, UserControlType, userControl } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";

/** A message on the wire: what its first header says, and the absolute timestamp that amounts to. */
interface WireMessage extends Omit<ChunkedMessage, "timestamp"> {
  /** As in the header: absolute in format 0, a delta in 1 and 2. In format 3 the one that is meant again. */
  readonly field: number;
  readonly timestamp: number;
}

/** What bytes mean. Read, they give the messages; the messages, written with these headers, give the bytes. */
interface Vector {
  readonly name: string;
  readonly bytes: string;
  readonly messages: readonly WireMessage[];
  /** Whether our encoder, left to choose the headers, chooses the same. */
  readonly encoderAgrees: boolean;
}

const AUDIO_32 = "00112233445566778899aabbccddeeff".repeat(2);
const VIDEO_307 = `${"27".repeat(128)}${"28".repeat(128)}${"29".repeat(51)}`;

const FFMPEG_CONNECT = [
  "020007636f6e6e656374003ff00000000000000300036170700200046c697665000474797065",
  "02000a6e6f6e707269766174650008666c617368566572020024464d4c452f332e302028636f",
  "6d70617469626c653b204c61766635392e32372e313030290005746355726c02001b72746d70",
  "3a2f2f3132372e302e302e313a31",
] as const;
const FFMPEG_CONNECT_END = "393335352f6c697665000009";

function audio(format: 0 | 1 | 2 | 3, field: number, timestamp: number): WireMessage {
  const fields = {
    chunkStreamId: 3,
    type: MessageType.audio,
    messageStreamId: 12345,
    payload: hex(AUDIO_32),
  };
  return { format, field, timestamp, ...fields };
}

function control(format: 0 | 1, { type, payload }: Message): WireMessage {
  return { format, chunkStreamId: 2, field: 0, timestamp: 0, type, messageStreamId: 0, payload };
}

const VECTORS: readonly Vector[] = [
  {
    name: "four audio messages of 20 ms (RTMP 1.0 §5.3.2.1)",
    bytes: `03 0003e8 000020 08 39300000 ${AUDIO_32}
            83 000014 ${AUDIO_32}
            c3 ${AUDIO_32}
            c3 ${AUDIO_32}`,
    messages: [audio(0, 1000, 1000), audio(2, 20, 1020), audio(3, 20, 1040), audio(3, 20, 1060)],
    encoderAgrees: true,
  },
  {
    name: "a video message in three chunks (RTMP 1.0 §5.3.2.2)",
    bytes: `04 0003e8 000133 09 3a300000 ${"27".repeat(128)}
            c4 ${"28".repeat(128)}
            c4 ${"29".repeat(51)}`,
    messages: [
      {
        format: 0,
        chunkStreamId: 4,
        field: 1000,
        timestamp: 1000,
        type: MessageType.video,
        messageStreamId: 12346,
        payload: hex(VIDEO_307),
      },
    ],
    encoderAgrees: true,
  },
  {
    name: "Flash Media Live Encoder: format 3 right after format 0 adds the 26 ms of its timestamp field again",
    bytes: "04 00001a 000002 08 01000000 af01  c4 af01",
    messages: [
      { ...audio(0, 26, 26), chunkStreamId: 4, messageStreamId: 1, payload: hex("af01") },
      { ...audio(3, 26, 52), chunkStreamId: 4, messageStreamId: 1, payload: hex("af01") },
    ],
    encoderAgrees: false,
  },
  {
    name: "rtmpdump 2.4: PingResponse in format 1 on a fresh chunk stream 2, then WindowAcknowledgementSize, SetBufferLength",
    bytes: `42 000000 000006 04 0007 0000abcd
            02 000000 000004 05 00000000 002625a0
            42 000000 00000a 04 0003 00000000 0000012c`,
    messages: [
      control(1, userControl({ event: UserControlType.pingResponse, value: 0xabcd })),
      { ...control(0, setChunkSize(2_500_000)), type: MessageType.windowAcknowledgementSize },
      control(1, userControl({ event: UserControlType.setBufferLength, value: 0, bufferLengthMs: 300 })),
    ],
    encoderAgrees: false,
  },
  {
    name: "ffmpeg 5.1: connect in two chunks, then PingResponse",
    bytes: `03 000000 00008c 14 00000000 ${FFMPEG_CONNECT.join("")} c3 ${FFMPEG_CONNECT_END}
            02 000001 000006 04 00000000 0007 0000abcd`,
    messages: [
      {
        format: 0,
        chunkStreamId: 3,
        field: 0,
        timestamp: 0,
        type: MessageType.commandAmf0,
        messageStreamId: 0,
        payload: hex(FFMPEG_CONNECT.join("") + FFMPEG_CONNECT_END),
      },
      {
        ...control(0, userControl({ event: UserControlType.pingResponse, value: 0xabcd })),
        field: 1,
        timestamp: 1,
      },
    ],
    encoderAgrees: true,
  },
  {
    name: "an extended timestamp, repeated in every chunk (RTMP 1.0 §5.3.1.3)",
    bytes: `06 ffffff 000133 09 01000000 01000000 ${"27".repeat(128)}
            c6 01000000 ${"28".repeat(128)}
            c6 01000000 ${"29".repeat(51)}`,
    messages: [
      {
        format: 0,
        chunkStreamId: 6,
        field: 0x1000000,
        timestamp: 0x1000000,
        type: MessageType.video,
        messageStreamId: 1,
        payload: hex(VIDEO_307),
      },
    ],
    encoderAgrees: true,
  },
  {
    name: "chunk stream ids of one, two and three bytes (RTMP 1.0 §5.3.1.1)",
    bytes: `3f 000000 000001 08 01000000 aa
            0000 000000 000001 08 01000000 aa
            00ff 000000 000001 08 01000000 aa
            010001 000000 000001 08 01000000 aa
            01ffff 000000 000001 08 01000000 aa`,
    messages: [63, 64, 319, 320, 65599].map((chunkStreamId) => ({
      ...audio(0, 0, 0),
      chunkStreamId,
      messageStreamId: 1,
      payload: hex("aa"),
    })),
    encoderAgrees: true,
  },
];

function decode(bytes: Uint8Array): Message[] {
  const decoder = new ChunkDecoder();
  decoder.push(bytes);
  const messages: Message[] = [];
  for (let message = decoder.next(); message; message = decoder.next()) messages.push(message);
  return messages;
}

function written(message: WireMessage): string {
  const chunked = { ...message, timestamp: message.field };
  const target = new Uint8Array(chunkedLength(chunked, INITIAL_CHUNK_SIZE));
  writeChunks(target, 0, chunked, INITIAL_CHUNK_SIZE);
  return Buffer.from(target).toString("hex");
}

describe("chunk streams on the wire", () => {
  it.each(VECTORS)("are read: $name", ({ bytes, messages }) => {
    const expected = messages.map(({ type, timestamp, messageStreamId, payload }) => {
      return { type, timestamp, messageStreamId, payload };
    });
    expect(decode(hex(bytes))).toEqual(expected);
  });

  it.each(VECTORS)("are written: $name", ({ bytes, messages }) => {
    expect(messages.map(written).join("")).toBe(bytes.replace(/\s+/g, ""));
  });

  it.each(VECTORS.filter((vector) => vector.encoderAgrees))(
    "are what our encoder writes: $name",
    (vector) => {
      const encoder = new ChunkEncoder();
      const encoded = vector.messages.map((message) => encoder.encode(message, message.chunkStreamId));
      expect(Buffer.concat(encoded).toString("hex")).toBe(vector.bytes.replace(/\s+/g, ""));
    },
  );

  it("is cut at the size that SetChunkSize tells, from the next chunk on", () => {
    const encoder = new ChunkEncoder();
    const video = { type: MessageType.video, timestamp: 0, messageStreamId: 1, payload: hex(VIDEO_307) };
    const encoded = [encoder.encode(setChunkSize(4096), 2)];
    encoder.useChunkSize(4096);
    encoded.push(encoder.encode(video, 6));
    const bytes = `02 000000 000004 01 00000000 00001000  06 000000 000133 09 01000000 ${VIDEO_307}`;
    expect(Buffer.concat(encoded).toString("hex")).toBe(bytes.replace(/\s+/g, ""));
    expect(decode(hex(bytes))).toEqual([video]);
  });
});
