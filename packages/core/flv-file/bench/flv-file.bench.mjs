// What recording, opening and seeking cost: five minutes of a stream of 2.5 Mb/s, 30 pictures and 47 sounds a second.
//
//     npx tsc -b && npm run bench -w @headgate/flv-file

import { MessageType } from "@headgate/message";
import { measure } from "@headgate/testkit";
import { FlvOpening, FlvWriter } from "../dist/index.js";

const SECONDS = 300;
const KEYFRAME_EVERY = 30;
const SEEKS = 100_000;

function payload(bytes, ...head) {
  const whole = new Uint8Array(bytes).fill(1);
  whole.set(head);
  return whole;
}

const HEADER = payload(40, 0x17, 0, 0, 0, 0);
const KEYFRAME = payload(60_000, 0x17, 1, 0, 0, 0);
const INTER = payload(8_000, 0x27, 1, 0, 0, 0, 0, 0, 0x1f, 0x3b, 0x41);
const SOUND = payload(300, 0xaf, 1);

const messages = [{ type: MessageType.video, timestamp: 0, messageStreamId: 1, payload: HEADER }];
for (let i = 0; i < SECONDS * 30; i += 1) {
  const picture = i % KEYFRAME_EVERY === 0 ? KEYFRAME : INTER;
  messages.push({
    type: MessageType.video,
    timestamp: Math.round(i * 33.3),
    messageStreamId: 1,
    payload: picture,
  });
  messages.push({
    type: MessageType.audio,
    timestamp: Math.round(i * 33.3),
    messageStreamId: 1,
    payload: SOUND,
  });
  if (i % 2 === 0)
    messages.push({
      type: MessageType.audio,
      timestamp: Math.round(i * 33.3) + 16,
      messageStreamId: 1,
      payload: SOUND,
    });
}

function record(onBytes) {
  const writer = new FlvWriter({ startedMs: 0 });
  for (const message of messages) {
    writer.write(message);
    for (const bytes of writer.take()) onBytes(bytes);
  }
  for (const bytes of writer.finish().tail) onBytes(bytes);
  return writer;
}

function open(file) {
  const opening = new FlvOpening();
  for (let wants = opening.wants; wants; wants = opening.wants) {
    opening.feed(file.subarray(wants.position, wants.position + wants.length));
  }
  if (opening.index.count < messages.length) throw new Error(`${opening.index.count} messages are found`);
  return opening.index;
}

const pieces = [];
record((bytes) => pieces.push(bytes));
const file = Buffer.concat(pieces);
const amount = { unit: "messages", count: messages.length, bytes: file.length };
await measure("record", amount, () => void record(() => {}));
await measure("open", amount, () => void open(file));
const index = open(file);
await measure("seek", { unit: "seeks", count: SEEKS }, () => {
  for (let i = 0; i < SEEKS; i += 1) index.atOrBefore((i * 7919) % index.durationMs);
});
