// What a stream's log costs: writing it, and reading it a thousand times, with video frames of 10 KB.
//
//     npx tsc -b && npm run bench -w @headgate/bus

import { RtmpFraming } from "@headgate/chunk";
import { MessageType } from "@headgate/message";
import { measure } from "@headgate/testkit";
import { Bus, DEFAULT_APPLICATION_OPTIONS } from "../dist/index.js";

const FRAMES = 3000;
const FRAME_BYTES = 10_000;
const KEYFRAME_DISTANCE = 60;
const VIEWERS = 1000;
const FRAMES_WATCHED = 500;
/** One write of the gateway. */
const MAX_READ_BYTES = 256 * 1024;

const [keyframe, interFrame] = [0x17, 0x27].map((first) => {
  const payload = new Uint8Array(FRAME_BYTES);
  payload.set([first, 1]);
  return payload;
});

/** A stream that has begun: its publisher and so many viewers, who have read all there is. */
function watchedStream(viewerCount) {
  const bus = new Bus({
    applications: new Map([["*", DEFAULT_APPLICATION_OPTIONS]]),
    framing: new RtmpFraming(60_000),
    maxStreams: 1,
    maxWaitingStreams: 1,
    maxLogBytes: 2 ** 30,
  });
  const key = bus.keyOf({ application: "live", name: "bench" });
  const { publisher } = bus.publish(key);
  publish(publisher, 0);
  const viewers = Array.from(
    { length: viewerCount },
    () => bus.play(key, { messageStreamId: 1 }, 0).playback,
  );
  for (const viewer of viewers) readAll(viewer, 0);
  return { publisher, viewers, log: publisher.stream.log() };
}

function publish(publisher, frame) {
  const payload = frame % KEYFRAME_DISTANCE === 0 ? keyframe : interFrame;
  const timestamp = frame * 33;
  publisher.media({ type: MessageType.video, timestamp, messageStreamId: 1, payload }, timestamp);
}

/** As a viewer's connection does it: until there is nothing left. Returns how many bytes that was. */
function readAll(viewer, nowMs) {
  let length = 0;
  for (let next = viewer.next(MAX_READ_BYTES, nowMs); next; next = viewer.next(MAX_READ_BYTES, nowMs)) {
    length += next.length;
  }
  return length;
}

function append() {
  const { publisher, log } = watchedStream(0);
  for (let frame = 1; frame <= FRAMES; frame += 1) publish(publisher, frame);
  if (log.head < FRAMES * FRAME_BYTES) throw new Error(`the log has only ${log.head} bytes`);
}

/** Everybody reads whenever so many frames have been written. */
function watch(framesPerRead) {
  const { publisher, viewers, log } = watchedStream(VIEWERS);
  const begin = log.head;
  let bytesRead = 0;
  for (let frame = 1; frame <= FRAMES_WATCHED; frame += 1) {
    publish(publisher, frame);
    if (frame % framesPerRead > 0) continue;
    for (const viewer of viewers) bytesRead += readAll(viewer, frame * 33);
  }
  const expected = VIEWERS * (log.head - begin);
  if (bytesRead !== expected) throw new Error(`${bytesRead} bytes have been read instead of ${expected}`);
}

await measure("append", { unit: "messages", count: FRAMES, bytes: FRAMES * FRAME_BYTES }, append);
for (const framesPerRead of [1, 5]) {
  const reads = (VIEWERS * FRAMES_WATCHED) / framesPerRead;
  await measure(
    `${VIEWERS} viewers, messages in a read: ${framesPerRead}`,
    { unit: "reads", count: reads },
    () => watch(framesPerRead),
  );
}
