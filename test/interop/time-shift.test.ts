import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageType } from "@headgate/message";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, rtmpdump } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { type Packet, type Recording, readFlvFile } from "../support/recording.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** Longer than any of these tests takes: they end it. */
const MEDIA = [...picture(), ...sound(), "-t", "90", ...h264(), ...audio("aac")];
const SEGMENT = "4s";

/** What a player has got when it is in its third file, at 25 pictures a second and some 240 kb/s. Bytes. */
const THREE_FILES_BYTES = 300_000;

const END_MS = 60_000;

const ALL_LINES = 100_000;

let root: string;
const servers: HeadgateServer[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-shift-"));
  const applications = {
    mp4: { resumeWindow: "0s", record: { format: "mp4", segment: SEGMENT } },
    flv: { resumeWindow: "0s", record: { format: "flv", segment: SEGMENT } },
    live: { resumeWindow: "0s" },
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

interface Published {
  readonly child: Child;
  readonly url: string;
  frames(): Promise<readonly Packet[]>;
}

const videoIn = ({ packets }: Recording): readonly Packet[] =>
  packets.filter(({ stream }) => stream === "video");

/** Publishes, and resolves once so much of it has been recorded. */
async function published(server: HeadgateServer, application: string, name: string): Promise<Published> {
  const reference = server.file(`${application}-${name}-reference.flv`);
  const url = server.url(application, name);
  const child = await publishWithFfmpeg(encoded(MEDIA), url, reference);
  return { child, url, frames: async () => videoIn(await readFlvFile(reference)) };
}

/** Until the stream has been published for so long by the log of the recordings. */
async function untilFiles(server: HeadgateServer, application: string, name: string, count: number) {
  const line = new RegExp(`"stream":"${application}/${name}".*recording begun`, "g");
  await vi.waitFor(
    () => expect(server.log(ALL_LINES).match(line)?.length ?? 0).toBeGreaterThanOrEqual(count),
    {
      timeout: END_MS,
      interval: 50,
    },
  );
}

/** Ends the stream once a player is far enough in it, and waits until that ends by itself. */
async function ended({ child }: Published, viewer: Child, file: string): Promise<void> {
  await vi.waitFor(() => expect(existsSync(file) && statSync(file).size).toBeGreaterThan(THREE_FILES_BYTES), {
    timeout: END_MS,
    interval: 100,
  });
  child.signal("SIGTERM");
  await child.end(END_MS);
  await viewer.end(END_MS);
}

describe.skipIf(areMissing(ffmpeg))("a live stream that is being recorded", () => {
  test.concurrent.each([
    ["mp4", 1],
    ["flv", 0],
  ] as const)(
    "as %s is played from before by ffmpeg -ss, over all its files and to its end (server %d)",
    async (format, number) => {
      const server = servers[number]!;
      const stream = await published(server, format, `seek-${number}`);
      await untilFiles(server, format, `seek-${number}`, 3);
      const file = server.file(`${format}-seek-${number}.flv`);
      const options = `-nostdin -v error -seek_timestamp 1 -ss 3 -i ${stream.url} -c copy -copyts -y ${file}`;
      const viewer = new Child("ffmpeg", options.split(" "));
      await ended(stream, viewer, file);
      const [got, all] = [videoIn(await readFlvFile(file)), await stream.frames()];
      const hashes = got.map(({ hash }) => hash);
      const first = all.findIndex(({ hash }) => hash === hashes[0]);
      expect(all[first]?.isKeyframe).toBe(true);
      expect(all[first]!.dts).toBeGreaterThan(1500);
      expect(all[first]!.dts).toBeLessThanOrEqual(3000);
      expect(hashes).toEqual(all.slice(first, first + hashes.length).map(({ hash }) => hash));
      expect(hashes.length).toBeGreaterThan(200);
    },
    3 * END_MS,
  );

  test.skipIf(areMissing(rtmpdump)).concurrent.each([
    ["mp4", 0],
    ["flv", 1],
  ] as const)(
    "as %s is fetched by rtmpdump from a position on (server %d)",
    async (format, number) => {
      const server = servers[number]!;
      const stream = await published(server, format, `start-${number}`);
      await untilFiles(server, format, `start-${number}`, 3);
      const file = server.file(`${format}-start-${number}.flv`);
      const viewer = new Child("rtmpdump", ["-q", "-r", stream.url, "--start", "5", "-o", file]);
      await ended(stream, viewer, file);
      const [got, all] = [videoIn(await readFlvFile(file)), await stream.frames()];
      const first = all.findIndex(({ dts }) => dts >= 5000);
      const expected = all.slice(first, first + got.length);
      expect(got.map(({ hash }) => hash)).toEqual(expected.map(({ hash }) => hash));
      expect(got.length).toBeGreaterThan(200);
    },
    3 * END_MS,
  );

  test.concurrent(
    "is told of, and played from its beginning, as players of DVRCast ask for it",
    async () => {
      const server = servers[1]!;
      const stream = await published(server, "mp4", "dvr");
      const player = SocketPeer.dial(server.port(0));
      player.connect("mp4");
      let isRecording: unknown;
      await vi.waitFor(
        () => {
          player.command(0, "DVRGetStreamInfo", 3, null, "dvr");
          const answer = player.commands.findLast(([name, id]) => name === "_result" && id === 3);
          const { code, data } = (answer?.[3] ?? {}) as { code?: string; data?: Record<string, unknown> };
          expect(code).toBe("NetStream.DVRStreamInfo.Success");
          expect(data?.currLen).toBeGreaterThan(6);
          isRecording = data?.isRec;
        },
        { timeout: END_MS, interval: 200 },
      );
      expect(isRecording).toBe(true);
      player.command(0, "createStream", 4, null);
      player.command(1, "play", 0, null, "dvr", 0, -1);
      const [first] = await stream.frames();
      const videos = (): readonly string[] =>
        player.messages
          .filter(({ type, payload }) => type === MessageType.video && payload[1] === 1)
          .map(({ payload }) => createHash("md5").update(payload).digest("hex"));
      await vi.waitFor(() => expect(videos().length).toBeGreaterThan(25), { timeout: END_MS, interval: 50 });
      expect(videos()[0]).toBe(first!.hash);
      player.close();
      stream.child.signal("SIGTERM");
      await stream.child.end(END_MS);
    },
    3 * END_MS,
  );
});
