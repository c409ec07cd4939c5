import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, type ServerConfig, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpeg8Player, ffmpegPlayer, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffmpeg8, ffprobe, rtmpdump } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { packetsIn } from "../support/recorded-files.ts";
import { type Packet, parseFramehash } from "../support/recording.ts";

/** A machine that runs other tests takes its time. */
const soon = <T>(check: () => Promise<T> | T): Promise<T> =>
  vi.waitFor(check, { timeout: 30_000, interval: 50 });

const FRAME_MS = 40;
const SLACK_MS = 200;

/** The pictures of each are unlike those of the others. */
const MEDIA = {
  intro: [...picture(), ...sound(1), "-t", "3", ...h264(), ...audio("aac")],
  film: [...picture("testsrc", "320x240"), ...sound(2), "-t", "3", ...h264(), ...audio("aac")],
  cam: [...picture("testsrc", "160x90"), ...sound(3), "-t", "60", ...h264(), ...audio("aac")],
} as const;

type Item = keyof typeof MEDIA;

const CHANNEL = [
  { file: "mp4:intro.mp4" },
  { file: "mp4:missing" },
  { file: "flv:film" },
  { live: "cam", duration: "3s" },
];

let folder: string;
let server: HeadgateServer;
/** By the hash of a packet: of which item it is, and its number. */
const known = new Map<string, readonly [item: Item, index: number]>();
const lengths = new Map<Item, number>();

function configuration(playlists: Readonly<Record<string, object>>): ServerConfig {
  return {
    workers: 2,
    applications: { tv: { vod: folder, publisherPolicy: "takeover", resumeWindow: "0s", playlists } },
  };
}

function reload(playlists: Readonly<Record<string, object>>): void {
  server.rewrite(configuration(playlists));
  server.signal("SIGHUP");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-playlists-"));
  copyFileSync(encoded(MEDIA.intro), join(folder, "intro.mp4"));
  copyFileSync(encoded(MEDIA.film, "flv"), join(folder, "film.flv"));
  for (const item of ["intro", "film", "cam"] as const) {
    const hashes = await packetsIn(encoded(MEDIA[item], item === "film" ? "flv" : "mp4"), "v");
    lengths.set(item, hashes.length);
    for (const [index, hash] of hashes.entries()) known.set(hash, [item, index]);
  }
}, 120_000);

afterAll(() => {
  killEveryChild();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  server = await startHeadgate(configuration({}));
}, 90_000);

afterEach(async () => {
  await server?.stop();
});

/** What a viewer was shown, as runs of one item: its first and its last picture. */
function runsOf(packets: readonly Packet[]): readonly (readonly [Item, number, number])[] {
  const runs: [Item, number, number][] = [];
  for (const { hash } of packets) {
    const [item, index] = known.get(hash) ?? expect.unreachable(`a picture of no item: ${hash}`);
    const last = runs.at(-1);
    if (last?.[0] === item && last[2] + 1 === index) last[2] = index;
    else runs.push([item, index, index]);
  }
  return runs;
}

const namesOf = (runs: readonly (readonly [Item, number, number])[]): readonly Item[] =>
  runs.map(([item]) => item);

/** All of it, with its pictures in their order. */
function whole(item: Item): readonly [Item, number, number] {
  return [item, 0, lengths.get(item)! - 1];
}

function video(packets: readonly Packet[]): readonly Packet[] {
  return packets.filter(({ stream }) => stream === "h264" || stream === "video");
}

/** Each track goes on and on, and is nowhere without a frame for longer than one of the pictures takes. */
function expectContinuous(packets: readonly Packet[]): void {
  for (const track of [video(packets), packets.filter((each) => !video([each]).length)]) {
    const steps = track.slice(1).map(({ dts }, index) => dts - track[index]!.dts);
    expect(steps.length).toBeGreaterThan(50);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThanOrEqual(FRAME_MS + SLACK_MS);
  }
}

/** How often the log says that an item has begun. */
function begun(playlist: string, name: string): number {
  const lines = server.log(1_000).split("\n");
  return lines.filter(
    (line) =>
      line.includes('"msg":"playlist item begun"') &&
      line.includes(`"playlist":"tv/${playlist}"`) &&
      line.includes(name),
  ).length;
}

/** What is in a file. ffprobe would not do: it shows no hash of a packet with another decoder configuration. */
function packetsOf(file: string): readonly Packet[] {
  const untouched = ["-c", "copy", "-avoid_negative_ts", "disabled", "-f", "framehash", "-hash", "md5", "-"];
  return parseFramehash(
    run("ffmpeg", ["-nostdin", "-v", "error", "-copyts", "-i", file, ...untouched]).output,
  ).packets;
}

async function end(child: Child): Promise<void> {
  child.signal("SIGINT");
  await child.end(20_000);
}

describe.skipIf(areMissing(ffmpeg, ffprobe, ffmpeg8, rtmpdump))("a playlist", () => {
  test("is one stream to viewers, over files, a live stream, its loop and another configuration", async () => {
    const publisher = await publishWithFfmpeg(
      encoded(MEDIA.cam),
      server.url("tv", "cam"),
      server.file("cam.flv"),
    );
    const url = server.url("tv", "channel");
    const [dump, hashes, late] = ["channel.flv", "channel.framehash", "late.txt"].map((name) =>
      server.file(name),
    );
    const players = [rtmpdumpLivePlayer.start(url, dump!), ffmpegPlayer.start(url, hashes!)];
    await soon(async () => expect(await server.metric("headgate_publishers")).toBe(1));
    reload({ channel: { loop: true, items: CHANNEL } });
    await soon(() => expect(begun("channel", "film")).toBe(1));
    players.push(ffmpeg8Player.start(url, late!));
    await soon(() => expect(begun("channel", "intro.mp4")).toBe(2));
    const refused = run("ffmpeg", [
      "-nostdin",
      "-v",
      "error",
      "-i",
      encoded(MEDIA.intro),
      "-c",
      "copy",
      "-f",
      "flv",
      url,
    ]);
    expect(refused.succeeded).toBe(false);
    const films = begun("channel", "film");
    reload({ channel: { loop: true, items: [{ file: "film" }] } });
    await soon(() => expect(begun("channel", "film")).toBeGreaterThan(films));
    const shown = runsOf(video((await ffmpegPlayer.read(hashes!)).packets)).length;
    await soon(async () => {
      const runs = runsOf(video((await ffmpegPlayer.read(hashes!)).packets));
      expect(runs.length).toBeGreaterThan(shown);
      expect([runs.at(-1)![0], runs.at(-1)![1]]).toEqual(["film", 0]);
    });
    await Promise.all(players.map(end));
    await end(publisher);

    const [dumped, played, joined] = [
      packetsOf(dump!),
      (await ffmpegPlayer.read(hashes!)).packets,
      (await ffmpeg8Player.read(late!)).packets,
    ];
    for (const packets of [dumped, played, joined]) expectContinuous(packets);
    for (const packets of [dumped, played]) {
      const runs = runsOf(video(packets));
      expect(runs.slice(0, 2)).toEqual([whole("intro"), whole("film")]);
      const [, , cam, again] = runs;
      expect(namesOf(runs).slice(0, 4)).toEqual(["intro", "film", "cam", "intro"]);
      expect([cam![1] % 25, cam![2] - cam![1]]).toEqual([0, 3 * 25 - 1]);
      expect([again![1], runs.at(-1)![0], runs.at(-1)![1]]).toEqual([0, "film", 0]);
    }
    // It came in the middle of some item, and had those that followed.
    const runs = runsOf(video(joined));
    expect(runs.length).toBeGreaterThan(1);
    expect([runs[0]![1] % 25, video(joined)[0]!.isKeyframe]).toEqual([0, true]);
    expect(namesOf(runsOf(video(played))).join()).toContain(namesOf(runs).slice(0, -1).join());

    const decoded = run("ffmpeg", ["-nostdin", "-v", "error", "-xerror", "-i", dump!, "-f", "null", "-"]);
    expect(decoded).toEqual({ succeeded: true, output: "" });
    const log = server.log(1_000);
    expect(log.match(/"code":"PLAYLIST_ITEM_MISSING"/g)).toHaveLength(1);
    expect(log).toMatch(/"stream":"tv\/channel".*"ALREADY_PUBLISHED"/);
    expect(log).not.toMatch(/"msg":"playlist ended"/);
  }, 120_000);

  test("goes on at once when a live stream breaks off, and ends its viewers' stream with its last item", async () => {
    const publisher = await publishWithFfmpeg(
      encoded(MEDIA.cam),
      server.url("tv", "cam2"),
      server.file("cam2.flv"),
    );
    await soon(async () => expect(await server.metric("headgate_publishers")).toBe(1));
    const url = server.url("tv", "news");
    const [dump, hashes] = [server.file("news.flv"), server.file("news.framehash")];
    const players = [rtmpdumpLivePlayer.start(url, dump), ffmpegPlayer.start(url, hashes)];
    reload({ news: { items: [{ live: "tv/cam2", duration: "1m" }, { file: "mp4:intro" }] } });
    await soon(async () => {
      expect(existsSync(hashes)).toBe(true);
      expect(video((await ffmpegPlayer.read(hashes)).packets).length).toBeGreaterThan(30);
    });
    publisher.signal("SIGKILL");
    for (const player of players) await player.end(30_000);
    for (const packets of [packetsOf(dump), (await ffmpegPlayer.read(hashes)).packets]) {
      expectContinuous(packets);
      const [cam, ...runs] = runsOf(video(packets));
      expect([cam![0], cam![1] % 25]).toEqual(["cam", 0]);
      expect(runs).toEqual([whole("intro")]);
    }
    expect(server.log(1_000)).toMatch(/"code":"PLAYLIST_LIVE_ENDED".*"live":"tv\/cam2"/);
    await soon(() => expect(server.log(1_000)).toMatch(/"playlist":"tv\/news".*"msg":"playlist ended"/));
    expect(await server.metric('headgate_playlists{state="waiting"}')).toBe(1);
  }, 120_000);
});
