import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, sound } from "../support/media.ts";
import { areMissing, FFMPEG8_SCRIPT, ffmpeg, ffmpeg8, ffprobe, rtmpdump } from "../support/programs.ts";

const SECONDS = 10;
const END_MS = 30_000;

let folder: string;
let server: HeadgateServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-sound-"));
  const aac = encoded([...sound(), "-t", String(SECONDS), ...audio("aac")], "m4a");
  copyFileSync(aac, join(folder, "song.m4a"));
  copyFileSync(aac, join(folder, "radio.mp4"));
  const mp3 = [...sound(2, 44_100), "-t", String(SECONDS), ...audio("libmp3lame"), "-write_xing", "0"];
  copyFileSync(encoded([...mp3, "-id3v2_version", "3"], "mp3"), join(folder, "song.mp3"));
  server = await startHeadgate({ applications: { vod: { vod: folder } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(folder, { recursive: true });
});

/** A hash of each packet of sound that ffmpeg reads. */
async function packets(input: string, ...options: readonly string[]): Promise<string[]> {
  const args = ["-nostdin", "-v", "error", ...options, "-i", input];
  const child = new Child("ffmpeg", [...args, ..."-map 0:a -c copy -f framehash -hash md5 -".split(" ")]);
  await child.end(END_MS);
  // Behind the hash ffmpeg tells what a file says of a packet, such as samples to skip.
  return child.output.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",")[5]!.trim()] : []));
}

const files = [
  ["mp3:song", "song.mp3"],
  ["mp3:song.mp3", "song.mp3"],
  ["mp4:song.m4a", "song.m4a"],
  ["mp4:radio", "radio.mp4"],
] as const;

describe.skipIf(areMissing(ffmpeg, ffprobe))("a file of sound alone", () => {
  test.each(files)("is played as %s by ffmpeg, packet for packet", async (name, file) => {
    const all = await packets(join(folder, file));
    expect(all.length).toBeGreaterThan(350);
    const options = ["-rtmp_live", "recorded", "-rtmp_buffer", "60000"];
    expect(await packets(server.url("vod", name), ...options)).toEqual(all);
  });

  test.skipIf(areMissing(ffmpeg8)).each(files)("is played as %s by FFmpeg 8", async (name, file) => {
    const seen = server.file(`ffmpeg8-${name.replace(":", "-")}.flv`);
    await new Child(process.execPath, [FFMPEG8_SCRIPT, "remux", server.url("vod", name), seen]).end(END_MS);
    expect(await packets(seen)).toEqual(await packets(join(folder, file)));
  });

  test.skipIf(areMissing(rtmpdump)).each(files)(
    "is fetched as %s by rtmpdump, from a position on and up to one",
    async (name, file) => {
      const seen = server.file(`rtmpdump-${name.replace(":", "-")}.flv`);
      const connect = ["-q", "-R", "-r", server.url("vod", "").slice(0, -1), "-y", name];
      await new Child("rtmpdump", [...connect, "--start", "4", "--stop", "6", "-o", seen]).end(END_MS);
      const [got, all] = [await packets(seen), await packets(join(folder, file))];
      const perSecond = all.length / SECONDS;
      const first = all.indexOf(got[0]!);
      expect(got).toEqual(all.slice(first, first + got.length));
      expect(Math.abs(first - 4 * perSecond)).toBeLessThan(3);
      expect(Math.abs(got.length - 2 * perSecond)).toBeLessThan(4);
    },
  );
});
