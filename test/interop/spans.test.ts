import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";

const SECONDS = 7;
const MEDIA = [...picture(), ...sound(1, 44_100), "-t", String(SECONDS), ...h264()];

/** Pictures are shown in another order than they come: of the last ones of a span some are missing before others. */
const REORDERED = 3;

const sources = {
  mp4: [...MEDIA, ...audio("aac")],
  flv: [...MEDIA, ...audio("aac")],
  mp3: [...MEDIA, ...audio("libmp3lame")],
} as const;

let root: string;
let server: HeadgateServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-spans-"));
  const record = (format: string): object => ({ resumeWindow: "0s", record: { format, segment: "2s" } });
  server = await startHeadgate({
    recording: { root },
    applications: { mp4: record("mp4"), flv: record("flv"), mp3: record("mp4") },
  });
  if (areMissing(ffmpeg)) return;
  await Promise.all(
    Object.entries(sources).map(async ([application, args]) => {
      const target = server.url(application, "cam");
      const publisher = await publishWithFfmpeg(encoded(args), target, server.file(`${application}.flv`));
      expect((await publisher.end(60_000)).code, publisher.errors).toBe(0);
    }),
  );
  await vi.waitFor(async () => expect(await server.metric("headgate_recordings")).toBe(0), {
    timeout: 30_000,
    interval: 100,
  });
}, 120_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(root, { recursive: true });
});

/** What ffmpeg makes of a file: a hash of each frame, or of each packet. A line of error is a failure. */
async function hashesOf(file: string, stream: "v" | "a", output: "frames" | "packets"): Promise<string[]> {
  const options =
    output === "frames"
      ? ["-fps_mode", "passthrough", "-f", "framemd5"]
      : ["-c", "copy", "-f", "framehash", "-hash", "md5"];
  const child = new Child("ffmpeg", [
    ...["-nostdin", "-v", "error", "-i", file, "-map", `0:${stream}`, ...options, "-"],
  ]);
  await child.end(60_000);
  expect(child.errors).toBe("");
  // Behind it may be that of what a file says besides, such as how many samples to leave out.
  return child.output.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",")[5]!.trim()] : []));
}

const known = new Map<string, Promise<string[]>>();

/** The same of a source, once. */
function hashesOfSource(
  args: readonly string[],
  stream: "v" | "a",
  output: "frames" | "packets",
): Promise<string[]> {
  const key = [...args, stream, output].join(" ");
  const hashes = known.get(key) ?? hashesOf(encoded(args), stream, output);
  known.set(key, hashes);
  return hashes;
}

/** The file of so much of the stream. */
async function spanOf(
  stream: string,
  start: number,
  duration: number,
  format: string,
): Promise<{ file: string; type: string | null }> {
  const listed = await fetch(server.adminUrl(`/api/v1/recordings?stream=${stream}`));
  const { recordings } = (await listed.json()) as { recordings: { started: string }[] };
  const from = new Date(Date.parse(recordings.at(-1)!.started) + 1_000 * start).toISOString();
  const query = `start=${from}&duration=${duration}&format=${format}`;
  const ask = (): Promise<Response> => fetch(server.adminUrl(`/api/v1/recordings/${stream}?${query}`));
  let reply = await ask();
  // Four are sent at once, and more are asked for.
  for (; reply.status === 503; reply = await ask()) await sleep(50);
  const file = join(root, `${stream.replace("/", "-")}-${start}-${duration}.${format}`);
  expect(reply.status, await reply.clone().text()).toBe(200);
  writeFileSync(file, new Uint8Array(await reply.arrayBuffer()));
  return { file, type: reply.headers.get("content-type") };
}

/** These are a part of the whole, which begins about there. Returns where. */
function expectPart(part: readonly string[], whole: readonly string[], about: number, most: number): number {
  const at = whole.indexOf(part[0]!);
  expect(part).toEqual(whole.slice(at, at + part.length));
  expect(Math.abs(at - about)).toBeLessThanOrEqual(most);
  return at;
}

describe.skipIf(areMissing(ffmpeg))(
  "ffmpeg decodes a span without an error, the frames of the source",
  () => {
    const spans = [
      [0, 60],
      [0.5, 1],
      [2.5, 3.6],
      [5.5, 60],
    ] as const;
    test.concurrent.each(
      ["mp4", "flv"].flatMap((recorded) =>
        ["mp4", "flv"].flatMap((format) => spans.map((span) => [recorded, format, ...span] as const)),
      ),
    )(
      "of what was recorded as %s, as %s, from %f s for %f s",
      async (recorded, format, start, duration) => {
        const { file } = await spanOf(`${recorded}/cam`, start, duration, format);
        const pictures = await hashesOf(file, "v", "frames");
        const whole = await hashesOfSource(sources.mp4, "v", "frames");
        const end = Math.min(start + duration, SECONDS);
        const isToTheEnd = end === SECONDS;
        const first = expectPart(
          isToTheEnd ? pictures : pictures.slice(0, -REORDERED),
          whole,
          25 * Math.floor(start),
          25,
        );
        expect(first % 25).toBe(0);
        for (const each of pictures) expect(whole).toContain(each);
        expect(Math.abs(pictures.length - (25 * end - first))).toBeLessThanOrEqual(isToTheEnd ? 0 : 12);
        const sounds = await hashesOf(file, "a", "packets");
        expectPart(
          sounds,
          await hashesOfSource(sources.mp4, "a", "packets"),
          (first / 25) * (44_100 / 1024),
          4,
        );
        expect(Math.abs(sounds.length / (44_100 / 1024) - pictures.length / 25)).toBeLessThan(0.3);
        expect((await hashesOf(file, "a", "frames")).length).toBeGreaterThanOrEqual(sounds.length - 2);
      },
      60_000,
    );

    test.concurrent.each([
      ["mp4/cam", "m4a", "audio/mp4", sources.mp4, 1024],
      ["mp3/cam", "m4a", "audio/mp4", sources.mp3, 1152],
      ["mp3/cam", "mp3", "audio/mpeg", sources.mp3, 1152],
    ] as const)(
      "of the sound alone of %s, as %s",
      async (stream, format, type, source, samples) => {
        const span = await spanOf(stream, 2.5, 3, format);
        expect(span.type).toBe(type);
        const sounds = await hashesOf(span.file, "a", "packets");
        expectPart(sounds, await hashesOfSource(source, "a", "packets"), (2 * 44_100) / samples, 44);
        expect(Math.abs(sounds.length - (3.5 * 44_100) / samples)).toBeLessThan(30);
        expect((await hashesOf(span.file, "a", "frames")).length).toBeGreaterThanOrEqual(sounds.length - 2);
      },
      60_000,
    );
  },
);
