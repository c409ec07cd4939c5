import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { everyPlayer, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, rtmpdump } from "../support/programs.ts";
import { RecordedGateway } from "../support/recorded-gateway.ts";
import { type Recording, readFlvFile } from "../support/recording.ts";

/** Of the recording. Players whose buffer is shorter than it take it by the clock. */
const DURATION_S = 8;

const PLAY_MS = 15_000;

let server: RecordedGateway;
let folder: string;
let film: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-recorded-"));
  const inputs = [...picture(), ...sound(), "-t", String(DURATION_S)];
  film = encoded([...inputs, ...h264(), ...audio("aac")], "flv");
  server = await RecordedGateway.start({ "live/film": film });
});

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  if (folder) rmSync(folder, { recursive: true });
});

/** Plays by rtmpdump with these options, and reads what it has written. */
async function dumped(
  name: string,
  ...options: readonly string[]
): Promise<{ file: string; got: Recording }> {
  const file = join(folder, `${name}.flv`);
  const child = new Child("rtmpdump", ["-q", "-r", `${server.url}/live/film`, ...options, "-o", file]);
  await child.end(PLAY_MS);
  return { file, got: await readFlvFile(file) };
}

/** What a program prints; the gateway is in this process, so it must not wait for it. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = new Child(command, args);
  await child.end(PLAY_MS);
  expect(child.errors).toBe("");
  return child.output;
}

/** The hash of each picture that ffmpeg decodes with these options. */
async function pictures(options: readonly string[], input: string): Promise<string[]> {
  const quiet = ["-nostdin", "-v", "error", ...options, "-i", input];
  const output = await outputOf("ffmpeg", [...quiet, "-map", "0:v", "-f", "framemd5", "-"]);
  const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => line.split(",").at(-1)?.trim() ?? line);
}

/** The same packets, at the same times. */
function packetsOf({ packets }: Recording, stream: string): string[] {
  return packets.filter((each) => each.stream === stream).map(({ dts, hash }) => `${dts} ${hash}`);
}

describe("a recording in full", () => {
  const players = everyPlayer.filter((player) => player !== rtmpdumpLivePlayer);
  for (const player of players) {
    it.skipIf(player.isMissing)(
      `is all there for ${player.title}, which ends by itself`,
      { timeout: 2 * PLAY_MS },
      async () => {
        const file = join(folder, `${player.title.replaceAll(/\W/g, "-")}.out`);
        const before = performance.now();
        await player.start(`${server.url}/live/film`, file).end(PLAY_MS);
        const [got, reference] = [await player.read(file), await player.readReference(film)];
        expect(got.packets.length).toBeGreaterThanOrEqual(reference.packets.length - player.mayLoseAtEnd);
        const hashes = (recording: Recording) =>
          recording.packets.map(({ stream, hash }) => `${stream} ${hash}`);
        expect(new Set(hashes(got))).toEqual(new Set(hashes(reference).slice(0, got.packets.length)));
        expect(performance.now() - before).toBeLessThan(PLAY_MS);
      },
    );
  }
});

describe.skipIf(areMissing(rtmpdump, ffmpeg))("rtmpdump", () => {
  it("takes a recording as fast as it can, for it buffers ten hours", async () => {
    const before = performance.now();
    const { got } = await dumped("whole");
    expect(performance.now() - before).toBeLessThan(2000);
    expect(packetsOf(got, "video")).toEqual(packetsOf(await readFlvFile(film), "video"));
  });

  it("starts anywhere with what decodes", async () => {
    const { file, got } = await dumped("start", "--start", "3");
    expect(got.packets[0]).toMatchObject({ isKeyframe: true });
    const count = got.packets.filter(({ stream }) => stream === "video").length;
    expect(await pictures([], file)).toEqual((await pictures([], film)).slice(-count));
  });

  it("stops where its user says", async () => {
    const { got } = await dumped("stop", "--start", "2", "--stop", "4");
    expect(got.packets[0]?.dts).toBe(2000);
    expect(got.packets.at(-1)?.dts).toBeGreaterThan(3900);
    expect(got.packets.at(-1)?.dts).toBeLessThan(4000);
  });

  it("resumes what it has begun", async () => {
    await dumped("resumed", "--stop", "4");
    const { got } = await dumped("resumed", "--resume");
    expect(packetsOf(got, "video")).toEqual(packetsOf(await readFlvFile(film), "video"));
  });
});

describe.skipIf(areMissing(ffmpeg))("ffmpeg", () => {
  it.each([2.2, 3, 5.99])("finds the picture at %f s", async (positionS) => {
    const position = ["-ss", String(positionS)];
    const one = ["-rtmp_live", "recorded", ...position];
    const got = await pictures(one, `${server.url}/live/film`);
    const expected = await pictures(position, film);
    // In a file ffmpeg counts from its first picture, which comes two pictures after the beginning.
    expect(got.slice(-expected.length)).toEqual(expected);
    expect(got.length).toBeLessThanOrEqual(expected.length + 2);
  });

  it("is told how long the recording is", async () => {
    const wanted = "-v error -show_entries format=duration -of csv=p=0".split(" ");
    const output = await outputOf("ffprobe", [...wanted, `${server.url}/live/film`]);
    expect(Number(output.trim())).toBeCloseTo(DURATION_S, 0);
  });
});
