import { encodeAmf0Values } from "@headgate/amf";
import { encodeFlvTag, writeFlvHeader } from "@headgate/flv";
import {
  FlvIndex,
  FlvListing,
  FlvOpening,
  FlvWalk,
  FlvWriter,
  flvExcerpt,
  Mp3Index,
  Mp3Opening,
  repairOf,
} from "@headgate/flv-file";
import type { Random } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import { randomData, randomMedia } from "../random-messages.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

type Opening = FlvOpening | Mp3Opening;

/** So many messages that some inputs have more. */
const MAX_ENTRIES = 2048;

/** Files as they may lie in a folder of recordings: what they hold is found, played, cut out, repaired and continued. */
export const flvFile: Target = {
  name: "flv-file",
  make: (random) => mutate(file(random), random, [file(random)]),
  run(input) {
    const opening = new FlvOpening(new FlvIndex(MAX_ENTRIES));
    if (refusalOf(() => feed(opening, input))) return;
    const { index, end } = opening;
    checkIndex(opening, end);
    const { truncateTo, patches } = repairOf(opening);
    for (const { position, bytes } of patches) check(position + bytes.length <= truncateTo, "a patch beyond");
    const start = randomOf(input).below(2 * end);
    const excerpt = flvExcerpt(index, start % 2 === 0 ? { position: start } : { positionMs: start });
    if (excerpt) checkExcerpt(joined([excerpt.head, input.subarray(excerpt.position, excerpt.end)]));
    checkAppended(opening, input.subarray(0, end));
  },
};

/** Files that list their keyframes, which may be anywhere. */
export const listedFile: Target = {
  name: "listed-file",
  make: (random) => mutate(listed(random), random, [file(random)]),
  run(input) {
    const listing = FlvListing.read(input, input.length);
    if (listing === undefined) return;
    const random = randomOf(input);
    const places = [...listing.samples, listing.placeFor(random.below(9000)), listing.placeFor(2 ** 32)];
    for (const place of places) {
      check(place.position >= 0 && place.position < input.length, `begins at ${place.position}`);
      listing.isRight(place, input.subarray(place.position, place.position + 1024));
      check(listing.headers(place).length > 0, "no metadata");
      checkWalk(new FlvWalk(place, input.length), input, place.timeMs);
    }
  },
};

/** What was saved of a file lies beside it, and may be as damaged. */
export const savedIndex: Target = {
  name: "saved-index",
  make(random) {
    const opening = new FlvOpening();
    feed(opening, recorded(random));
    return mutate(opening.save(), random, []);
  },
  run(input) {
    const opening = FlvOpening.restore(input);
    if (opening === undefined) return;
    checkIndex(opening, opening.end);
    repairOf(opening);
    flvExcerpt(opening.index, { positionMs: randomOf(input).below(9000) });
  },
};

export const mp3File: Target = {
  name: "mp3-file",
  make: (random) => mutate(mp3(random), random, [mp3(random)]),
  run(input) {
    const opening = new Mp3Opening(new Mp3Index(MAX_ENTRIES));
    if (refusalOf(() => feed(opening, input))) return;
    checkIndex(opening, input.length);
  },
};

function feed(opening: Opening, input: Uint8Array): void {
  let reads = 0;
  for (let wants = opening.wants; wants; wants = opening.wants) {
    reads += 1;
    check(reads <= input.length + 2, "more reads than bytes");
    check(wants.length <= 1024 * 1024, `${wants.length} bytes at once`);
    opening.feed(input.subarray(wants.position, wants.position + wants.length));
  }
}

function checkIndex({ index }: Opening, end: number): void {
  let timeMs = 0;
  for (let i = 0; i < index.count; i += 1) {
    const [from, to] = [index.position(i), index.position(i) + index.length(i)];
    check(to <= end, `message ${i} ends at ${to} of ${end}`);
    check(index.timestampMs(i) >= timeMs, `the time goes back to ${index.timestampMs(i)}`);
    timeMs = index.timestampMs(i);
    index.message(i, new Uint8Array(to - from));
    check(index.headers(i).length > 0, "no metadata");
  }
  for (const positionMs of [0, timeMs / 2, timeMs, 2 ** 32]) {
    const entry = index.atOrBefore(positionMs);
    check(entry >= 0 && entry < Math.max(1, index.count), `entry ${entry}`);
  }
}

function checkWalk(walk: FlvWalk, input: Uint8Array, fromMs: number): void {
  let timeMs = fromMs;
  let steps = 0;
  for (let wants = walk.wants; wants; wants = walk.wants) {
    steps += 1;
    check(steps <= input.length, "more tags than bytes");
    check(wants.position + wants.length <= input.length, "reads beyond the end");
    const tag = walk.take(input.subarray(wants.position, wants.position + wants.length));
    if (!tag) continue;
    check(tag.position + tag.length <= input.length, `a message ends at ${tag.position + tag.length}`);
    check(tag.timeMs >= timeMs, `the time goes back to ${tag.timeMs}`);
    timeMs = tag.timeMs;
  }
}

/** What is cut out of a file is a file, and is whole. */
function checkExcerpt(excerpt: Uint8Array): void {
  const opening = new FlvOpening();
  const isRefused = refusalOf(() => feed(opening, excerpt)) !== undefined;
  check(isRefused || opening.end === excerpt.length, `ends at ${opening.end} of ${excerpt.length}`);
}

function checkAppended(opening: FlvOpening, whole: Uint8Array): void {
  if (opening.index.count === MAX_ENTRIES) return;
  const writer = new FlvWriter({ startedMs: 0, appendTo: opening });
  writer.write({ type: 9, timestamp: 0, messageStreamId: 1, payload: Uint8Array.of(0x17, 1, 0, 0, 0) });
  const file = joined([whole, ...writer.finish().tail]);
  check(file.length === writer.bytes, `${file.length} bytes are ${writer.bytes}`);
  const again = new FlvOpening();
  feed(again, file);
  check(again.index.count === opening.index.count, `${again.index.count} of ${opening.index.count} messages`);
}

function file(random: Random): Uint8Array {
  if (random.below(3) === 0) return recorded(random);
  const pieces = [writeFlvHeader({ hasAudio: true, hasVideo: true })];
  for (let left = random.below(20); left > 0; left -= 1) {
    const type = random.pick([8, 9, 9, 18, 15, random.below(256)]);
    const payload = type === 18 ? randomData(random) : randomMedia(random, type === 9);
    pieces.push(encodeFlvTag({ type, timestamp: random.pick([random.u32(), random.below(9000)]), payload }));
  }
  return joined(pieces);
}

/** Lists what is there, and sometimes not. */
function listed(random: Random): Uint8Array {
  const whole = file(random);
  const opening = new FlvOpening(new FlvIndex(MAX_ENTRIES));
  if (refusalOf(() => feed(opening, whole))) return whole;
  const { index } = opening;
  const entries = Array.from({ length: index.keyframes.count }, (_, point) => index.keyframes.entry(point));
  const list = (shift: number): Uint8Array => {
    const keyframes = {
      times: entries.map((entry) => index.fileTimestampMs(entry) / 1000),
      filepositions: entries.map((entry) => index.tagPosition(entry) + shift),
    };
    if (keyframes.times.length === 1) {
      keyframes.times.push(keyframes.times[0]!);
      keyframes.filepositions.push(whole.length + shift - random.below(20));
    }
    const values = { duration: index.durationMs / 1000, keyframes };
    return encodeFlvTag({ type: 18, timestamp: 0, payload: encodeAmf0Values(["onMetaData", values]) });
  };
  const tag = list(list(0).length);
  return joined([whole.subarray(0, 13), tag, whole.subarray(13)]);
}

function recorded(random: Random): Uint8Array {
  const writer = new FlvWriter({ startedMs: 0 });
  for (let left = random.below(20); left > 0; left -= 1) {
    const type = random.pick([8, 9, 18]);
    const payload = type === 18 ? randomData(random) : randomMedia(random, type === 9);
    writer.write({ type, timestamp: random.below(5000), messageStreamId: 1, payload });
  }
  return joined(writer.finish().tail);
}

const MP3_HEADERS = [0xfffb9064, 0xfffb1064, 0xfffbe264, 0xfff3e8c4, 0xfffb0064];

function mp3(random: Random): Uint8Array {
  const pieces = [
    random.below(2) === 0 ? Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 3, 1, 2, 3) : new Uint8Array(),
  ];
  for (let left = random.below(12); left > 0; left -= 1) {
    const frame = new Uint8Array(random.pick([417, 104, 1045, 720, 4 + random.below(900)]));
    new DataView(frame.buffer).setUint32(0, random.pick(MP3_HEADERS));
    pieces.push(frame);
  }
  return joined(pieces);
}
