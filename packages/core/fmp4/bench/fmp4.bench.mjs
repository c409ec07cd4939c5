// What recording and reading cost a message: 10 minutes of 2.5 Mb/s at 30 pictures a second with AAC.
//
//     npx tsc -b && npm run bench -w @headgate/fmp4

import { MessageType } from "@headgate/message";
import { hex, measure } from "@headgate/testkit";
import { Fmp4Writer, Mp4Opening } from "../dist/index.js";

const SECONDS = 600;
const PICTURE_BYTES = 10_000;
const SOUND_BYTES = 340;

const AVC_HEADER =
  "1700000000 0142c00bffe100186742c00bd90141fb011000000300100000030140f142a48001000568cb83cb20";
const key = picture("1701000043", 0x65);
const inter = picture("2701000021", 0x41);
const sound = new Uint8Array(SOUND_BYTES).fill(0x21);
sound.set(hex("af01"));

function picture(header, type) {
  const payload = new Uint8Array(PICTURE_BYTES).fill(0x27);
  payload.set(hex(header));
  new DataView(payload.buffer).setUint32(5, PICTURE_BYTES - 9);
  payload[9] = type;
  return payload;
}

function message(type, timestamp, payload) {
  return { type, timestamp, messageStreamId: 1, payload };
}

const messages = [
  message(MessageType.video, 0, hex(AVC_HEADER)),
  message(MessageType.audio, 0, hex("af001190")),
  ...Array.from({ length: SECONDS * 30 }, (_, at) =>
    message(MessageType.video, Math.round((at * 1000) / 30), at % 60 === 0 ? key : inter),
  ),
  ...Array.from({ length: Math.floor((SECONDS * 48_000) / 1024) }, (_, at) =>
    message(MessageType.audio, Math.round((at * 1024) / 48), sound),
  ),
].sort((a, b) => a.timestamp - b.timestamp);

function record(keep) {
  const writer = new Fmp4Writer({ startedMs: 0 });
  const pieces = [];
  let bytes = 0;
  for (const each of messages) {
    if (writer.needsNewFile(each)) throw new Error("a new file");
    writer.write(each);
    for (const piece of writer.take()) {
      bytes += piece.length;
      if (keep) pieces.push(piece);
    }
  }
  const { tail, patch } = writer.finish();
  return { bytes, pieces: [...pieces, ...tail], patch };
}

const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
const amount = { unit: "messages", count: messages.length, bytes };

await measure("Fmp4Writer", amount, () => {
  if (record(false).bytes < bytes * 0.99) throw new Error("bytes are missing");
});

const { pieces, patch } = record(true);
const unfinished = Buffer.concat(pieces);
const finished = Buffer.from(unfinished);
finished.set(patch.bytes, patch.position);

for (const [name, file] of [
  ["Mp4Opening, finished", finished],
  ["Mp4Opening, not finished", unfinished],
]) {
  await measure(name, amount, () => {
    const opening = new Mp4Opening();
    while (opening.wants) {
      const { position, length } = opening.wants;
      opening.feed(file.subarray(position, position + length));
    }
    if (opening.index.count < messages.length - 2) throw new Error("messages are missing");
  });
}
