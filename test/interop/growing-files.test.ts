import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, FFMPEG8_SCRIPT, ffmpeg, ffmpeg8, rtmpdump } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { type Recording, readFlvFile } from "../support/recording.ts";

const MEDIA = [...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")];
const FRAMES = 175;

/** More than the first fragment of a file, and far from all of it. Bytes. */
const BEGUN_BYTES = 40_000;

const END_MS = 60_000;

let root: string;
const servers: HeadgateServer[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-growing-"));
  const applications = {
    mp4: { resumeWindow: "0s", record: { format: "mp4", name: "{app}/{stream}-file" } },
    flv: { resumeWindow: "0s", record: { format: "flv", name: "{app}/{stream}-file" } },
  };
  const started = [0, 2].map((workers) => {
    const recording = { root: join(root, String(workers)) };
    return startHeadgate(workers ? { workers, recording, applications } : { recording, applications });
  });
  servers.push(...(await Promise.all(started)));
}, 90_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop())).finally(killEveryChild);
  rmSync(root, { recursive: true });
});

function framesOf({ packets }: Recording, stream: string): string[] {
  return packets.filter((packet) => packet.stream === stream).map(({ dts, hash }) => `${dts} ${hash}`);
}

const players = {
  ffmpeg: {
    isMissing: areMissing(ffmpeg),
    play: (url: string, file: string) =>
      new Child("ffmpeg", [
        ..."-nostdin -v error -rtmp_live recorded -i".split(" "),
        ...[url, "-c", "copy", "-flvflags", "no_duration_filesize", "-y", file],
      ]),
  },
  "FFmpeg 8": {
    isMissing: areMissing(ffmpeg8),
    play: (url: string, file: string) => new Child(process.execPath, [FFMPEG8_SCRIPT, "remux", url, file]),
  },
  rtmpdump: {
    isMissing: areMissing(rtmpdump),
    play: (url: string, file: string) => {
      const [, server, name] = /^(.*\/)(.*)$/.exec(url)!;
      return new Child("rtmpdump", ["-q", "-r", server!, "-y", name!, "-o", file]);
    },
  },
} as const;

describe.skipIf(areMissing(ffmpeg))("a file that is being recorded", () => {
  // Each format with each player, and each player on both servers.
  const cases = ["mp4", "flv"].flatMap((format, place) =>
    Object.entries(players).map(([player, { isMissing, play }], index) => ({
      ...{ format, player, isMissing, play },
      number: (place + index) % 2,
    })),
  );
  for (const { format, player, isMissing, play, number } of cases)
    test.skipIf(isMissing).concurrent(
      `as ${format} is played by ${player} to what is written after it has begun, and to its end (server ${number})`,
      async () => {
        const server = servers[number]!;
        const name = `${player.replaceAll(" ", "")}-${number}`;
        const reference = server.file(`${format}-${name}-reference.flv`);
        const publisher = await publishWithFfmpeg(encoded(MEDIA), server.url(format, name), reference);
        const file = join(root, number === 0 ? "0" : "2", format, `${name}-file.${format}`);
        await vi.waitFor(() => expect(existsSync(file) && statSync(file).size).toBeGreaterThan(BEGUN_BYTES), {
          timeout: END_MS,
          interval: 50,
        });
        const seen = server.file(`${format}-${name}.flv`);
        const viewer = play(server.url(format, `${format}:${name}-file`), seen);
        expect((await publisher.end(END_MS)).code, publisher.errors).toBe(0);
        await viewer.end(END_MS);
        const [got, published] = [await readFlvFile(seen), await readFlvFile(reference)];
        expect(framesOf(got, "video")).toEqual(framesOf(published, "video"));
        expect(framesOf(got, "video")).toHaveLength(FRAMES);
        const hashes = (recording: Recording): string[] =>
          framesOf(recording, "audio").map((frame) => frame.split(" ")[1]!);
        expect(hashes(got)).toEqual(hashes(published));
      },
      3 * END_MS,
    );
});
