import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Browser, type PlayedVideo, type VideoPage } from "../support/browser.ts";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { AV1, audio, encoded, h264, numbered, scale, VP9 } from "../support/media.ts";
import { areMissing, chromium, FFMPEG8_SCRIPT, ffmpeg, ffmpeg8, titleOf } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { boxesIn } from "../support/recorded-files.ts";

/** Of each recording. Pictures come 25 times a second. */
const SECONDS = 4;
const PICTURES = 25 * SECONDS;
/** Of a stream that begins again and again. */
const LOOP = 1_000;

/** A machine that runs other tests takes its time. */
const WAIT = { timeout: 60_000, interval: 50 };
const TEST_MS = 120_000;

const media = (video: readonly string[], sound: readonly string[], seconds = SECONDS, rate = 48_000) => [
  ...[...numbered(), ...scale(rate), "-t", String(seconds)],
  ...[...video, ...sound],
];

const H264_AAC = media(h264(), audio("aac"));

/** What is published, and recorded. */
const streams = {
  "H.264 and AAC": { name: "h264", args: H264_AAC, isEnhanced: false },
  "H.264 and MP3": {
    name: "mp3",
    args: media(h264(), audio("libmp3lame"), SECONDS, 44_100),
    isEnhanced: false,
  },
  "AV1 and Opus": { name: "av1", args: media(AV1, audio("libopus")), isEnhanced: true },
  "VP9 and FLAC": { name: "vp9", args: media(VP9, audio("flac")), isEnhanced: true },
} as const;

let root: string;
let films: string;
let server: HeadgateServer;
/** Is killed. */
let other: HeadgateServer;
let browser: Browser;

const recordingOf = (name: string): string => join(root, "live", `${name}.mp4`);
const url = (path: string, of = server): string => `http://127.0.0.1:${of.port(0)}/${path}`;

async function publish({ name, args, isEnhanced }: (typeof streams)[keyof typeof streams]): Promise<void> {
  if (isEnhanced && areMissing(ffmpeg8)) return;
  const target = server.url("live", name);
  const publisher = isEnhanced
    ? new Child(process.execPath, [FFMPEG8_SCRIPT, "publish", encoded(args), target])
    : await publishWithFfmpeg(encoded(args), target, server.file(`${name}.flv`));
  expect((await publisher.end(60_000)).code, publisher.errors).toBe(0);
  await vi.waitFor(() => expect(boxesIn(recordingOf(name)).at(-1)).toBe("moov"), WAIT);
}

/** Again and again, however long a busy machine takes for what comes after it. */
function publishWithoutEnd(target: string): Child {
  const source = encoded(media(h264(), audio("aac"), LOOP / 25));
  const again = ["-re", "-stream_loop", "-1", "-i", source];
  return new Child("ffmpeg", ["-nostdin", "-v", "error", ...again, "-c", "copy", "-f", "flv", target]);
}

const isMissing = areMissing(chromium, ffmpeg);

beforeAll(async () => {
  if (isMissing) return;
  root = mkdtempSync(join(tmpdir(), "headgate-browser-"));
  films = join(root, "films");
  mkdirSync(films);
  const tones = ["-t", String(SECONDS)];
  copyFileSync(encoded([...scale(), ...tones, ...audio("aac")], "m4a"), join(films, "tones.m4a"));
  copyFileSync(
    encoded([...scale(44_100), ...tones, ...audio("libmp3lame")], "mp3"),
    join(films, "tones.mp3"),
  );
  const live = { resumeWindow: "0s", record: { format: "mp4", name: "{app}/{stream}" } };
  [server, other, browser] = await Promise.all([
    startHeadgate({ recording: { root }, applications: { live, films: { vod: films } } }),
    startHeadgate({ recording: { root: join(root, "other") }, applications: { live } }),
    Browser.start(),
  ]);
  await Promise.all(Object.values(streams).map(publish));
}, 180_000);

afterAll(async () => {
  await browser?.stop();
  await server?.stop().finally(killEveryChild);
  if (root) rmSync(root, { recursive: true });
});

/** A page that is closed after the work; nothing may have gone wrong in it. */
async function inPage(work: (page: VideoPage) => Promise<void>, address?: string): Promise<void> {
  const page = await browser.page(address);
  await work(page);
  await page.close();
}

/** Pictures in their order from one to another. A busy machine leaves some out, so how many is not told, nor which is the last. */
function expectShown({ pictures }: PlayedVideo, from: number, to: number): void {
  for (const [at, picture] of pictures.entries())
    if (at > 0) expect(picture).toBeGreaterThanOrEqual(pictures[at - 1]!);
  expect(new Set(pictures).size).toBeGreaterThan((to - from) / 10);
  expect(pictures[0]).toBeGreaterThanOrEqual(from);
  expect(pictures[0]).toBeLessThan(to);
  expect(pictures.at(-1)).toBeLessThan(to);
  expect(pictures.at(-1)).toBeGreaterThan(to - 10);
}

/** Pictures of a stream that may begin again. */
function expectGoesOn({ pictures, soundBytes }: PlayedVideo): void {
  for (const [at, picture] of pictures.entries())
    if (at > 0) expect((picture - pictures[at - 1]! + LOOP) % LOOP).toBeLessThan(LOOP / 2);
  expect(new Set(pictures).size).toBeGreaterThan(5);
  expect(soundBytes).toBeGreaterThan(1_000);
}

/** Hertz, by the zeros of half a second. */
function expectTones(pitches: readonly number[], expected: readonly number[]): void {
  for (const [at, pitch] of expected.entries()) expect(Math.abs(pitches[at]! - pitch)).toBeLessThan(10);
}

/** Seeks to each of these, and finds the picture there. Players show the first one a little later than at 0. */
async function expectSeeks(page: VideoPage, seconds: readonly number[], firstPicture = 0): Promise<void> {
  for (const asked of seconds) {
    const { number, mediaTime } = await page.seek(asked);
    expect(Math.abs(mediaTime - asked), `at ${asked}`).toBeLessThan(0.05);
    const delay = mediaTime - (number - firstPicture) / 25;
    expect(delay, `at ${asked}`).toBeGreaterThan(-0.01);
    expect(delay, `at ${asked}`).toBeLessThan(0.13);
  }
}

describe.skipIf(isMissing)(
  `${titleOf(chromium)} plays over HTTP`,
  { concurrent: true, timeout: TEST_MS },
  () => {
    const published = Object.entries(streams).filter(
      ([, { isEnhanced }]) => !(isEnhanced && areMissing(ffmpeg8)),
    );
    test.each(published)("a recording of %s to its end, and seeks in it", async (_, stream) => {
      await inPage(async (page) => {
        const played = await page.play(url(`live/${stream.name}.mp4`));
        expectShown(played, 0, PICTURES);
        expect(played.duration).toBeGreaterThan(SECONDS - 0.1);
        expect(played.duration).toBeLessThan(SECONDS + 0.3);
        expect(played.soundBytes).toBeGreaterThan(SECONDS * 1_000);
        await expectSeeks(page, [3.1, 0.9, 2.02, 0.3]);
      });
    });

    test("the same from the keyframe at or before a position", async () => {
      await inPage(async (page) => {
        const played = await page.play(url("live/h264.mp4?start=2.5"));
        expectShown(played, 50, PICTURES);
        expect(played.duration).toBeLessThan(2.3);
        await expectSeeks(page, [1.5, 0.3], 50);
      });
    });

    test("what is being recorded, as far as it is there, and what is left when the server is killed", async () => {
      const publisher = publishWithoutEnd(other.url("live", "cam"));
      const file = join(root, "other/live/cam.mp4");
      await vi.waitFor(() => expect(existsSync(file) && statSync(file).size).toBeGreaterThan(60_000), WAIT);
      await inPage(async (page) => expectGoesOn(await page.play(url("live/cam.mp4", other))));
      other.signal("SIGKILL");
      await publisher.exited;
      expect(boxesIn(file).at(-1)).not.toBe("moov");
      copyFileSync(file, join(films, "killed.mp4"));
      await inPage(async (page) => {
        expectGoesOn(await page.play(url("films/killed.mp4")));
        await expectSeeks(page, [1.1, 0.3]);
      });
    });

    test("a picture of now, which is a keyframe", async () => {
      const publisher = publishWithoutEnd(server.url("live", "now"));
      const snapshot = url("live/now/snapshot.mp4");
      await vi.waitFor(async () => expect((await fetch(snapshot)).status).toBe(200), WAIT);
      await inPage(async (page) => expect((await page.show(snapshot)) % 25).toBe(0));
      publisher.signal("SIGKILL");
    });

    test.each(["tones.m4a", "tones.mp3"])("%s, and decodes its sound", async (name) => {
      await inPage(async (page) => {
        const { soundBytes, currentTime } = await page.play(url(`films/${name}`));
        expect(soundBytes).toBeGreaterThan(SECONDS * 1_000);
        expect(currentTime).toBeGreaterThan(SECONDS - 0.1);
        const pitches = await page.pitches(url(`films/${name}`));
        expectTones(pitches, [400, 600, 800, 1000]);
        const later = await page.pitches(url(`films/${name}?start=2`));
        expectTones(later, [800, 1000]);
      });
    });

    const spanOf = async (stream: string, format: string): Promise<string> => {
      const reply = await fetch(server.adminUrl(`/api/v1/recordings?stream=live/${stream}`));
      const { recordings } = (await reply.json()) as { recordings: { started: string }[] };
      const start = new Date(Date.parse(recordings[0]!.started) + 1_200).toISOString();
      return server.adminUrl(
        `/api/v1/recordings/live/${stream}?start=${start}&duration=1.8&format=${format}`,
      );
    };

    test("a span that is opened as a page", async () => {
      await inPage(
        async (page) => {
          const played = await page.opened();
          const last = played.pictures.at(-1)!;
          expect(Math.abs(last - 75)).toBeLessThan(3);
          expect(Math.min(...played.pictures)).toBeGreaterThanOrEqual(25);
          expect(played.soundBytes).toBeGreaterThan(1_000);
        },
        await spanOf("h264", "mp4"),
      );
    });

    test.each([
      ["m4a", "h264"],
      ["mp3", "mp3"],
    ])("the sound of a span as %s that is opened as a page", async (format, stream) => {
      await inPage(
        async (page) => {
          const { soundBytes, currentTime } = await page.opened();
          expect(soundBytes).toBeGreaterThan(1_000);
          expect(currentTime).toBeGreaterThan(1.5);
        },
        await spanOf(stream, format),
      );
    });
  },
);
