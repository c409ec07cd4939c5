import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffprobe, rtmpdump, titleOf } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { expectWhole, splitIntoRuns } from "../support/runs.ts";
import { costOf, LightLoad } from "./light-load.ts";

const STOPPED_SECONDS = Number(process.env.HEADGATE_STOPPED_VIEWER_SECONDS ?? 40);
/** Until buffers and heap have found their size, and for the stopped viewers to catch up. */
const SECONDS_BEFORE = 12;
const SECONDS_AFTER = 10;
const MOVING_VIEWERS = 200;
/** Stopped together with the real one: a queue for each of them would be seen at once. */
const STOPPED_VIEWERS = 50;
/** What the heap may grow by for other reasons. At 2.5 Mb/s queues for the stopped viewers would take several times as much. */
const GROWTH_LIMIT = 64 * 2 ** 20;

let server: HeadgateServer;
const measured: string[] = [];

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s", lagPolicy: "jump" } },
    // The stopped viewers are to be there until the end.
    timeouts: { pingTimeout: "10m", stall: "10m" },
  });
}, 90_000);

afterAll(async () => {
  console.log(measured.join("\n"));
  await server?.stop().finally(killEveryChild);
});

describe.skipIf(areMissing(ffmpeg, ffprobe, rtmpdump))(`a viewer stopped for ${STOPPED_SECONDS} s`, () => {
  const title = `${titleOf(rtmpdump)} stopped costs the server no memory and ${titleOf(ffmpeg)} no packet, and goes on when woken`;
  test(title, stopAndWake, (STOPPED_SECONDS + 150) * 1000);
});

async function stopAndWake(): Promise<void> {
  const [witness, sleeper] = [watchWith(ffmpegPlayer), watchWith(rtmpdumpLivePlayer)];
  const [crowd, sleepers] = [lightViewers(MOVING_VIEWERS), lightViewers(STOPPED_VIEWERS)];
  const reference = server.file("reference.flv");
  const publisher = await publishWithFfmpeg(media(), url(), reference);
  await Promise.all([crowd.ready(20_000), sleepers.ready(20_000)]);

  await sleep(SECONDS_BEFORE * 1000);
  const before = measureMemory("before");
  for (const { child } of [sleeper, sleepers]) child.signal("SIGSTOP");
  let most = before;
  for (let second = 5; second <= STOPPED_SECONDS; second += 5) {
    await sleep(5_000);
    most = Math.max(most, measureMemory(`stopped for ${second} s`));
  }
  for (const { child } of [sleeper, sleepers]) child.signal("SIGCONT");
  expect(publisher.hasExited, publisher.errors).toBe(false);
  expect((await publisher.end(60_000)).code, publisher.errors).toBe(0);
  most = Math.max(most, measureMemory("after"));
  expect(most - before).toBeLessThan(GROWTH_LIMIT);

  await Promise.all([witness.child.end(15_000), sleeper.child.end(15_000)]);
  const witnessed = await ffmpegPlayer.read(witness.file);
  const context = "the viewer beside the stopped one";
  expectWhole(await ffmpegPlayer.readReference(reference), witnessed, { from: "start", context });
  await expectOneLeap(sleeper.file, reference);
  expect((await crowd.report(15_000)).ends).toEqual({ "NetStream.Play.UnpublishNotify": MOVING_VIEWERS });
  expect((await sleepers.report(15_000)).ends).toEqual({ "NetStream.Play.UnpublishNotify": STOPPED_VIEWERS });
}

/** The stream up to where the viewer fell off, and from a later keyframe on all the rest, on the same clock. */
async function expectOneLeap(file: string, reference: string): Promise<void> {
  const published = await rtmpdumpLivePlayer.readReference(reference);
  const runs = splitIntoRuns(published, await rtmpdumpLivePlayer.read(file));
  for (const { parts } of runs) {
    const packets = [...parts].map(([stream, { from, length }]) => `${length} of ${stream} from #${from}`);
    measured.push(`the stopped viewer got ${packets.join(" and ")}`);
  }
  expect(new Set(runs.map(({ offsetMs }) => offsetMs)).size).toBe(1);
  expect(runs.length).toBeLessThanOrEqual(2);
  for (const [stream, { from, length }] of runs.at(-1)?.parts ?? []) {
    const count = published.packets.filter((packet) => packet.stream === stream).length;
    expect(from + length, `${stream} until the end`).toBe(count);
  }
}

function url(): string {
  return server.url("live", "stream");
}

function watchWith(player: Player) {
  const file = server.file(player.title);
  return { file, child: player.start(url(), file) };
}

function lightViewers(count: number): LightLoad {
  const play = Array.from({ length: count }, () => ({ url: url() }));
  return new LightLoad({ play }, server.file(`${count}-viewers.json`));
}

/** 2.5 Mb/s whatever the picture: in that time it is more than the sockets of the system hold. */
function media(): string {
  const seconds = STOPPED_SECONDS + SECONDS_BEFORE + SECONDS_AFTER;
  const constantRate = "-minrate 2500k -maxrate 2500k -bufsize 2500k -x264-params nal-hrd=cbr".split(" ");
  const video = [...h264("v", "2500k"), ...constantRate];
  return encoded([...picture(), ...sound(), "-t", `${seconds}`, ...video, ...audio("aac")]);
}

function measureMemory(when: string): number {
  measured.push(`${when}: ${costOf(server)}`);
  return server.residentBytes();
}
