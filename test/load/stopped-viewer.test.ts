import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "../interop/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../interop/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../interop/media.ts";
import { ffmpegPlayer, rtmpdumpLivePlayer } from "../interop/players.ts";
import { areMissing, ffmpeg, rtmpdump, titleOf } from "../interop/programs.ts";
import { publishWithFfmpeg } from "../interop/publishers.ts";
import { expectWhole, splitIntoRuns } from "../interop/runs.ts";
import { costOf, LightLoad } from "./light-load.ts";

const STOPPED_SECONDS = Number(process.env.HEADGATE_STOPPED_VIEWER_SECONDS ?? 60);
const SECONDS_BEFORE = 12;
const SECONDS_AFTER = 10;
const MOVING_VIEWERS = 200;
/** Stopped together with the real one: a queue for each of them would be seen at once. */
const STOPPED_VIEWERS = 50;
/** What the heap may grow by for other reasons. At 2.5 Mb/s a queue per stopped viewer would take ten times as much. */
const GROWTH_LIMIT = 64 * 2 ** 20;

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s", lagPolicy: "jump" } },
    // The stopped viewers are to be there until the end.
    timeouts: { pingTimeout: "10m", stall: "10m" },
  });
});

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

describe.skipIf(areMissing(ffmpeg, rtmpdump))(`viewers stopped for ${STOPPED_SECONDS} s`, () => {
  const title = `a stopped ${titleOf(rtmpdump)} costs the server no memory and ${titleOf(ffmpeg)} no packet; awake again, it goes on`;
  test(
    title,
    async () => {
      const url = server.url("live", "stream");
      const [witnessFile, stoppedFile, reference] = ["witness", "stopped", "reference"].map((name) =>
        server.file(name),
      );
      const witness = ffmpegPlayer.start(url, witnessFile as string);
      const stopped = rtmpdumpLivePlayer.start(url, stoppedFile as string);
      const crowd = viewers(MOVING_VIEWERS, "crowd.json");
      const stoppedCrowd = viewers(STOPPED_VIEWERS, "stopped-crowd.json");
      const publisher = await publishWithFfmpeg(media(), url, reference as string);
      await Promise.all([crowd.ready(20_000), stoppedCrowd.ready(20_000)]);

      await sleep(SECONDS_BEFORE * 1000);
      console.log(`before: ${costOf(server)}`);
      const before = server.residentBytes();
      for (const child of [stopped, stoppedCrowd.child]) child.signal("SIGSTOP");
      const most = await mostResidentBytes(STOPPED_SECONDS);
      for (const child of [stopped, stoppedCrowd.child]) child.signal("SIGCONT");
      await sleep(1_000);
      expect(publisher.hasExited, publisher.errors).toBe(false);
      expect((await publisher.end(60_000)).code, publisher.errors).toBe(0);
      console.log(`after: ${costOf(server)}`);
      expect(most - before).toBeLessThan(GROWTH_LIMIT);
      expect(server.residentBytes() - before).toBeLessThan(GROWTH_LIMIT);

      await witness.end(15_000);
      const witnessed = await ffmpegPlayer.read(witnessFile as string);
      const published = await ffmpegPlayer.readReference(reference as string);
      expectWhole(published, witnessed, { from: "start", context: "the viewer beside the stopped one" });
      await stopped.end(15_000);
      await expectOneLeap(stoppedFile as string, reference as string);
      for (const load of [crowd, stoppedCrowd]) console.log(JSON.stringify(await load.report(15_000)));
    },
    (STOPPED_SECONDS + 150) * 1000,
  );
});

function viewers(count: number, jobFile: string): LightLoad {
  const play = Array.from({ length: count }, () => ({ url: server.url("live", "stream") }));
  return new LightLoad({ play }, server.file(jobFile));
}

/** 2.5 Mb/s whatever the picture: a minute of it is more than the sockets of the system hold. */
function media(): string {
  const seconds = STOPPED_SECONDS + SECONDS_BEFORE + SECONDS_AFTER;
  const constantRate = [
    "-minrate",
    "2500k",
    "-maxrate",
    "2500k",
    "-bufsize",
    "2500k",
    "-x264-params",
    "nal-hrd=cbr",
  ];
  return encoded([
    ...picture(),
    ...sound(),
    "-t",
    `${seconds}`,
    ...h264("v", "2500k"),
    ...constantRate,
    ...audio("aac"),
  ]);
}

async function mostResidentBytes(seconds: number): Promise<number> {
  let most = 0;
  for (let second = 1; second <= seconds; second += 1) {
    await sleep(1000);
    most = Math.max(most, server.residentBytes());
    if (second % 10 === 0) console.log(`stopped for ${second} s: ${costOf(server)}`);
  }
  return most;
}

/** The stopped viewer got the stream up to where it fell off, and from a later keyframe on all the rest, on the same clock. */
async function expectOneLeap(file: string, reference: string): Promise<void> {
  const published = await rtmpdumpLivePlayer.readReference(reference);
  const runs = splitIntoRuns(published, await rtmpdumpLivePlayer.read(file));
  console.log(
    `the stopped viewer's stream is in ${runs.length} pieces: ${JSON.stringify(runs.map(({ parts }) => [...parts]))}`,
  );
  expect(new Set(runs.map(({ offsetMs }) => offsetMs)).size).toBe(1);
  expect(runs.length).toBeLessThanOrEqual(2);
  for (const [stream, { from, length }] of runs.at(-1)?.parts ?? []) {
    const packets = published.packets.filter((packet) => packet.stream === stream);
    expect(from + length, `${stream} until the end`).toBe(packets.length);
  }
}
