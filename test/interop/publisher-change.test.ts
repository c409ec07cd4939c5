import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, titleOf } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import type { Recording } from "../support/recording.ts";
import { afterRun, expectWhole, findRun, type Run } from "../support/runs.ts";

const players = [ffmpegPlayer, rtmpdumpLivePlayer];
const ffmpegTitle = titleOf(ffmpeg);

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    applications: {
      resume: { resumeWindow: "5s" },
      reject: { resumeWindow: "0s", publisherPolicy: "reject" },
      takeover: { resumeWindow: "0s", publisherPolicy: "takeover" },
    },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

describe.skipIf(areMissing(ffmpeg) || players.some(({ isMissing }) => isMissing))(
  "one stream, two publishers",
  () => {
    test(`${ffmpegTitle} is killed and comes back within the resume window: the same players go on`, async () => {
      const watching = watch("resume");
      const first = await publishFirst("resume");
      await sleep(4_000);
      first.signal("SIGKILL");
      await sleep(1_000);
      const second = await publishSecond("resume");
      await expectCleanEnd(second);
      for (const { player, child } of watching) expect(child.hasExited, player.title).toBe(false);
      for (const viewer of watching) await expectBothHalves("resume", viewer);
    }, 60_000);

    test(`a second ${ffmpegTitle} is turned away where the policy is reject, and the first does not notice`, async () => {
      const watching = watch("reject");
      const first = await publishFirst("reject");
      await sleep(2_000);
      const second = await publishSecond("reject");
      const { code } = await second.end(10_000);
      expect(code).not.toBe(0);
      expect(second.errors).toContain("Server error");
      await expectCleanEnd(first);
      for (const { player, child, file } of watching) {
        await child.end(10_000);
        const published = await player.readReference(referenceFile("reject", "first"));
        expectWhole(published, await player.read(file), { from: "start", context: player.title });
      }
    }, 60_000);

    test(`a second ${ffmpegTitle} replaces the first where the policy is takeover: the same players go on`, async () => {
      const watching = watch("takeover");
      const first = await publishFirst("takeover");
      await sleep(4_000);
      const second = await publishSecond("takeover");
      const { code } = await first.end(10_000);
      expect(code).not.toBe(0);
      await expectCleanEnd(second);
      for (const viewer of watching) await expectBothHalves("takeover", viewer);
    }, 60_000);
  },
);

interface Watching {
  readonly player: Player;
  readonly child: Child;
  readonly file: string;
}

function watch(application: string): Watching[] {
  return players.map((player, index) => {
    const file = server.file(`${application}-${index}`);
    return { player, file, child: player.start(server.url(application, "stream"), file) };
  });
}

function referenceFile(application: string, half: "first" | "second"): string {
  return server.file(`${application}-${half}.flv`);
}

/** The two publish different pictures and sounds, so that every packet says from whom it is. */
function publishFirst(application: string): Promise<Child> {
  const file = encoded([...picture("testsrc2"), ...sound(1), "-t", "8", ...h264(), ...audio("aac")]);
  return publishWithFfmpeg(file, server.url(application, "stream"), referenceFile(application, "first"));
}

function publishSecond(application: string): Promise<Child> {
  const file = encoded([...picture("testsrc"), ...sound(2), "-t", "4", ...h264(), ...audio("aac")]);
  return publishWithFfmpeg(file, server.url(application, "stream"), referenceFile(application, "second"));
}

async function expectCleanEnd(publisher: Child): Promise<void> {
  const { code } = await publisher.end(30_000);
  expect(code, publisher.errors).toBe(0);
}

/** Without a gap the first publisher's stream as far as it came, then all of the second's, on one clock. */
async function expectBothHalves(application: string, { player, child, file }: Watching): Promise<void> {
  await child.end(15_000);
  const recorded = await player.read(file);
  const first = await player.readReference(referenceFile(application, "first"));
  const second = await player.readReference(referenceFile(application, "second"));
  const half = findRun(first, recorded, { from: "start" }) as Run;
  expect(half, player.title).toBeTypeOf("object");
  for (const [stream, { length }] of half.parts) {
    expect(length, `${player.title}: ${stream} of the first publisher`).toBeGreaterThan(50);
  }
  const published = { packets: second.packets, headers: mergedHeaders(first, second) };
  expectWhole(published, afterRun(recorded, half), { from: "start", context: player.title });
  expect(clockJumps(recorded), player.title).toEqual([]);
}

/** What a viewer of both is told, one after the other: the second may describe itself differently. */
function mergedHeaders(first: Recording, second: Recording): Recording["headers"] {
  return new Map(
    [...second.headers].map(([stream, hashes]) => [
      stream,
      new Set([...hashes, ...(first.headers.get(stream) ?? [])]),
    ]),
  );
}

/** Where the time of a stream stands still, runs backwards, or leaps further than a publisher may be away. */
function clockJumps({ packets }: Recording): string[] {
  const last = new Map<string, number>();
  return packets.flatMap(({ stream, dts }) => {
    const before = last.get(stream) ?? dts - 1;
    last.set(stream, dts);
    return dts > before && dts < before + 10_000 ? [] : [`${stream}: ${before} to ${dts}`];
  });
}
