// Throughput of the chunk codec with video frames of 10 KB, as 2.5 Mb/s at 30 frames a second has them.
//
//     npx tsc -b && npm run bench -w @headgate/chunk

import { MessageType, setChunkSize } from "@headgate/message";
import { measure } from "@headgate/testkit";
import { ChunkDecoder, ChunkEncoder } from "../dist/index.js";

const FRAMES = 3000;
const FRAME_BYTES = 10_000;
const SOCKET_READ_BYTES = 65_536;

const video = {
  type: MessageType.video,
  messageStreamId: 1,
  payload: new Uint8Array(FRAME_BYTES).fill(0x27),
};

function encodeFrames(chunkSize) {
  const encoder = new ChunkEncoder();
  const pieces = [encoder.encode(setChunkSize(chunkSize), 2)];
  encoder.useChunkSize(chunkSize);
  for (let i = 0; i < FRAMES; i += 1) pieces.push(encoder.encode({ ...video, timestamp: i * 33 }, 6));
  return pieces;
}

function decode(input) {
  const decoder = new ChunkDecoder();
  let messages = 0;
  for (let at = 0; at < input.length; at += SOCKET_READ_BYTES) {
    decoder.push(input.subarray(at, at + SOCKET_READ_BYTES));
    while (decoder.next()) messages += 1;
  }
  if (messages !== FRAMES) throw new Error(`decoded ${messages} of ${FRAMES} messages`);
}

const amount = { unit: "messages", count: FRAMES, bytes: FRAMES * FRAME_BYTES };

for (const chunkSize of [128, 4096, 60_000]) {
  const input = Buffer.concat(encodeFrames(chunkSize));
  await measure(`decode, chunk size ${chunkSize}`, amount, () => decode(input));
  await measure(`encode, chunk size ${chunkSize}`, amount, () => {
    encodeFrames(chunkSize);
  });
}
