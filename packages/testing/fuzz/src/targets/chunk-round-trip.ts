import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { abort, type Message, MessageType, setChunkSize } from "@headgate/message";
import { randomCuts } from "@headgate/testkit";
import { ByteScript } from "../byte-script.ts";
import { check } from "../check.ts";
import { joined } from "../mutate.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

const CHUNK_SIZES = [1, 2, 64, 127, 128, 129, 1000, 65_536];
const CHUNK_STREAM_IDS = [3, 4, 5, 6, 63, 64, 319, 320, 65_599];
const TYPES = [8, 9, 18, 20, 22];
const TIMESTAMPS = [0, 1, 20, 40, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0xffffffff];
const LENGTHS = [0, 1, 127, 128, 129, 300, 2000];

/** Any messages, as our encoder writes them. The decoder returns the same messages, and keeps no memory of them. */
export const chunkRoundTrip: Target = {
  name: "chunk-round-trip",
  make: (random) => random.bytes(6 * random.below(40)),
  run(input) {
    const { bytes, messages } = encode(new ByteScript(input));
    const decoder = new ChunkDecoder();
    const decoded: Message[] = [];
    for (const piece of randomCuts(bytes, randomOf(input))) {
      decoder.push(piece);
      for (let message = decoder.next(); message; message = decoder.next()) decoded.push(message);
    }
    check(decoder.partialBytes === 0, `${decoder.partialBytes} bytes are held of whole messages`);
    const [sent, received] = [messages, decoded].map((list) => list.map(readable).join("\n"));
    check(sent === received, `sent:\n${sent}\nreceived:\n${received}`);
  },
};

function encode(script: ByteScript): { readonly bytes: Uint8Array; readonly messages: readonly Message[] } {
  const encoder = new ChunkEncoder();
  const pieces: Uint8Array[] = [];
  const messages: Message[] = [];
  while (!script.isOver) {
    const chunkStreamId = script.pick(CHUNK_STREAM_IDS);
    const choice = script.u8();
    if (choice < 10) {
      // No message is unfinished on that chunk stream, so Abort changes nothing.
      pieces.push(encoder.encode(abort(chunkStreamId), 2));
    } else if (choice < 40) {
      const chunkSize = script.pick(CHUNK_SIZES);
      pieces.push(encoder.encode(setChunkSize(chunkSize), 2));
      encoder.useChunkSize(chunkSize);
    } else {
      const message = messageOf(script);
      messages.push(message);
      pieces.push(encoder.encode(message, chunkStreamId));
    }
  }
  return { bytes: joined([...pieces, encoder.encode(LAST, 7)]), messages: [...messages, LAST] };
}

/** A last message: without it the decoder cannot tell payload from half a repeated timestamp. */
const LAST: Message = {
  type: MessageType.audio,
  timestamp: 0,
  messageStreamId: 1,
  payload: Uint8Array.of(1),
};

function messageOf(script: ByteScript): Message {
  const type = script.pick(TYPES);
  const timestamp = script.pick(TIMESTAMPS);
  const messageStreamId = script.u8() % 3;
  const payload = new Uint8Array(script.pick(LENGTHS)).map((_, index) => index + type);
  return { type, timestamp, messageStreamId, payload };
}

function readable({ type, timestamp, messageStreamId, payload }: Message): string {
  return `${type} ${timestamp} ${messageStreamId} ${Buffer.from(payload).toString("latin1")}`;
}
