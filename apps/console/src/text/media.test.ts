import { expect, test } from "vitest";
import { codecs, shortCodecs, viewersOf } from "./media.ts";

const VIDEO = { codec: "H264", profile: "High", level: "3.1", width: 1280, height: 720, fps: 25 };
const AUDIO = { codec: "AAC", profile: "LC", sample_rate: 44_100, channel: 2 };

test("codecs are told as far as they are known", () => {
  expect(codecs({ video: VIDEO, audio: AUDIO })).toBe("H264 High 3.1 1280×720, AAC LC 44.1 kHz stereo");
  const bare = { ...VIDEO, profile: null, level: null, width: null };
  expect(codecs({ video: bare, audio: { ...AUDIO, channel: 6, profile: null } })).toBe(
    "H264, AAC 44.1 kHz 6 channels",
  );
  expect(codecs({ video: null, audio: { ...AUDIO, sample_rate: null, channel: 1 } })).toBe("AAC LC mono");
  expect(codecs({ video: null, audio: null })).toBe("–");
});

test("a list has what tells streams apart", () => {
  expect(shortCodecs({ video: VIDEO, audio: AUDIO })).toBe("H264 1280×720 · AAC 44.1 kHz");
  expect(shortCodecs({ video: null, audio: AUDIO })).toBe("AAC 44.1 kHz");
  expect(shortCodecs({ video: null, audio: null })).toBe("–");
});

test("viewers of all transports count", () => {
  expect(viewersOf({ viewers: { rtmp: 2, rtmpt: 3 } })).toBe(5);
});
