import { encodeFlvTag, FlvDecoder, parseAudioHeader, parseVideoHeader, writeFlvHeader } from "@headgate/flv";
import { type Random, randomCuts } from "@headgate/testkit";
import { check, refusalOf } from "../check.ts";
import { joined, mutate } from "../mutate.ts";
import { randomData, randomMedia } from "../random-messages.ts";
import { randomOf } from "../seeds.ts";
import type { Target } from "../target.ts";

const MAX_TAG_BYTES = 2000;

/** The most that an unfinished tag takes, with its header and the size of the one before. Bytes. */
const MAX_HELD_BYTES = MAX_TAG_BYTES + 15;

export const flvDecoder: Target = {
  name: "flv-decoder",
  make: (random) => mutate(file(random), random, [file(random)]),
  run(input) {
    const whole = decode([input]);
    const cut = decode(randomCuts(input, randomOf(input)));
    check(whole === cut, `in one piece: ${whole}\nin several: ${cut}`);
  },
};

/** The headers of audio and video, of FLV and of Enhanced RTMP: reading them never throws. */
export const mediaHeaders: Target = {
  name: "media-headers",
  make: (random) => {
    const body = randomMedia(random, random.below(2) === 0);
    return random.below(4) === 0 ? body : mutate(body, random, [randomMedia(random, true)]);
  },
  run(input) {
    const audio = parseAudioHeader(input);
    const video = parseVideoHeader(input);
    for (const { tracks } of [audio, video])
      check(tracks.length <= input.length + 1, `${tracks.length} tracks`);
    check(!video.isKeyframe || video.kind === "frames", "a keyframe that is no frame");
  },
};

function file(random: Random): Uint8Array {
  const pieces = [writeFlvHeader({ hasAudio: true, hasVideo: random.below(2) === 0 })];
  for (let left = random.below(6); left > 0; left -= 1) {
    const type = random.pick([8, 9, 18, random.below(256)]);
    const payload = type === 18 ? randomData(random) : randomMedia(random, type === 9);
    pieces.push(encodeFlvTag({ type, timestamp: random.u32(), payload }));
  }
  return joined(pieces);
}

function decode(pieces: readonly Uint8Array[]): string {
  const decoder = new FlvDecoder(MAX_TAG_BYTES);
  let outcome = "";
  for (const piece of pieces) {
    const refusal = refusalOf(() => {
      decoder.push(piece);
      for (let tag = decoder.next(); tag; tag = decoder.next()) {
        outcome += `${tag.type} ${tag.timestamp} ${Buffer.from(tag.payload).toString("latin1")}\n`;
      }
    });
    if (refusal) return outcome + refusal;
    check(decoder.bufferedBytes <= MAX_HELD_BYTES, `${decoder.bufferedBytes} bytes are held`);
  }
  return `${outcome}${decoder.header?.hasAudio} ${decoder.header?.hasVideo}`;
}
