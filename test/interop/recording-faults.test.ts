import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Random } from "@headgate/testkit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, type ServerConfig, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, ffprobe } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { boxesIn, filesIn, framesIn, hashesOf, packetsIn } from "../support/recorded-files.ts";

/** A machine that runs other tests takes its time. */
const soon = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 });

const MEDIA = [...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")];

const folders: string[] = [];

afterAll(() => {
  killEveryChild();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-recordings-"));
  folders.push(folder);
  return folder;
}

interface Listed {
  readonly file: string;
  readonly stream: string;
  readonly state: string;
  readonly started: string;
  readonly durationMs: number | null;
}

/** What the API says, the oldest first. */
async function listedBy(server: HeadgateServer): Promise<Listed[]> {
  const reply = await fetch(server.adminUrl("/api/v1/recordings?count=1000"));
  const { total, recordings } = (await reply.json()) as { total: number; recordings: Listed[] };
  expect(recordings.length).toBe(total);
  return recordings.reverse();
}

/** Without the manifest, below the folder. */
function recordingsIn(folder: string): string[] {
  return filesIn(folder)
    .map((file) => relative(folder, file))
    .filter((file) => !file.startsWith("."));
}

function linesWith(server: HeadgateServer, text: string): string[] {
  return server
    .log(Number.POSITIVE_INFINITY)
    .split("\n")
    .filter((line) => line.includes(text));
}

/** What ffmpeg reads of a file's video, and decodes: each packet. Frames of what was cut off may lack their neighbours. */
interface Played {
  readonly packets: readonly string[];
  readonly frames: readonly string[];
}

async function playedIn(file: string): Promise<Played> {
  if (statSync(file).size === 0) return { packets: [], frames: [] };
  const [packets, frames] = await Promise.all([packetsIn(file, "v"), framesIn(file, "v")]);
  expect(frames.length, file).toBe(packets.length);
  return { packets, frames };
}

/** Whether these are so many packets of the source in a row. It may begin again at its end. */
function expectRun(packets: readonly string[], source: readonly string[]): void {
  const first = source.indexOf(packets[0]!);
  expect(packets).toEqual(packets.map((_, index) => source[(first + index) % source.length]));
}

/** So often the server is killed. `HEADGATE_KILLS=200` is for a long afternoon. */
const KILLS = Number(process.env.HEADGATE_KILLS ?? 2);
/** Another one for other moments. */
const SEED = Number(process.env.HEADGATE_SEED ?? 15);

const FORMATS = ["mp4", "flv"] as const;

describe.skipIf(areMissing(ffmpeg, ffprobe))(
  "a server that is killed while it records",
  { concurrent: true },
  () => {
    const folder = newFolder();
    const copies = newFolder();
    const random = new Random(SEED);
    const config: ServerConfig = {
      recording: { root: folder },
      applications: Object.fromEntries(
        FORMATS.map((format) => [format, { record: { format, segment: "2s" } }]),
      ),
    };
    /** What ffmpeg read and decoded of each file when the server was dead. */
    const played = new Map<string, Played>();

    async function killAtSomeTime(server: HeadgateServer, round: number): Promise<void> {
      const publishers = await Promise.all(
        FORMATS.map((format) =>
          publishWithFfmpeg(encoded(MEDIA), server.url(format, `cam${round}`), server.file(`${format}.flv`)),
        ),
      );
      await soon(() =>
        expect(FORMATS.every((format) => existsSync(join(folder, format, `cam${round}`)))).toBe(true),
      );
      await sleep(random.below(4_500));
      process.kill(server.pid, "SIGKILL");
      await Promise.all(publishers.map((publisher) => publisher.exited));
      for (const file of recordingsIn(folder)) {
        if (played.has(file)) continue;
        const copy = join(copies, file.replaceAll("/", "-"));
        copyFileSync(join(folder, file), copy);
        played.set(file, await playedIn(copy));
        rmSync(copy);
      }
    }

    async function expectFinished(
      server: HeadgateServer,
      round: number,
      source: readonly string[],
    ): Promise<void> {
      await soon(async () =>
        expect((await listedBy(server)).filter(({ state }) => state !== "complete")).toEqual([]),
      );
      const listed = await listedBy(server);
      expect(listed.map(({ file }) => file).sort()).toEqual(recordingsIn(folder).sort());
      for (const format of FORMATS) {
        const own = listed.filter(({ stream }) => stream === `${format}/cam${round}`);
        const packets: string[] = [];
        for (const { file, durationMs } of own) {
          const now = await playedIn(join(folder, file));
          expect(now, file).toEqual(played.get(file));
          expect(now.frames.length, file).toBeGreaterThan(0);
          expect(Math.abs(durationMs! - now.frames.length * 40), file).toBeLessThan(250);
          if (format === "mp4") expect(boxesIn(join(folder, file)), file).toEqual(["ftyp", "mdat", "moov"]);
          packets.push(...now.packets);
        }
        expect(packets, `${format} ${round}`).toEqual(source.slice(0, packets.length));
      }
      for (const [file, { packets }] of played)
        if (!existsSync(join(folder, file))) expect(packets, `${file} is deleted`).toEqual([]);
      expect(linesWith(server, "RECORDING_UNFINISHED")).toEqual([]);
    }

    test(
      `${KILLS} times leaves files that play to their last fragment, and that the next start finishes`,
      async () => {
        const source = await packetsIn(encoded(MEDIA), "v");
        for (let round = 0; round < KILLS; round += 1) {
          await killAtSomeTime(await startHeadgate(config), round);
          const next = await startHeadgate(config);
          await expectFinished(next, round, source);
          await next.stop();
        }
      },
      60_000 + KILLS * 30_000,
    );
  },
);

/** Of a stream that goes on until it is stopped: the publisher, and a viewer that must not notice anything. */
class RunningStream {
  readonly #publisher: Child;
  readonly #viewer: Child;
  #isOver = false;

  constructor(server: HeadgateServer, path = "live/cam") {
    const url = `rtmp://127.0.0.1:${server.port(0)}/${path}`;
    const quiet = ["-nostdin", "-v", "error"];
    const view = ["-map", "0:v", "-c", "copy", "-f", "framehash", "-hash", "md5", "-"];
    this.#viewer = new Child("ffmpeg", [...quiet, "-i", url, ...view]);
    const loop = ["-re", "-stream_loop", "-1", "-i", encoded(MEDIA)];
    this.#publisher = new Child("ffmpeg", [...quiet, ...loop, "-c", "copy", "-f", "flv", url]);
  }

  async stop(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#publisher.stop();
    await this.#viewer.end(30_000);
    const seen = hashesOf(this.#viewer.output);
    expect(seen.length).toBeGreaterThan(25);
    expectRun(seen, await packetsIn(encoded(MEDIA), "v"));
  }
}

/** Each file plays. */
async function expectPlayable(folder: string): Promise<void> {
  const source = await packetsIn(encoded(MEDIA), "v");
  const files = recordingsIn(folder);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const { packets } = await playedIn(join(folder, file));
    expect(packets.length, file).toBeGreaterThan(0);
    expectRun(packets, source);
  }
}

const LIVE = { live: { record: { format: "mp4" }, resumeWindow: "0s" } } as const;

const mayMount = process.getuid?.() === 0 && run("mount", ["--version"]).succeeded;

/** A disk of its own, with a folder for recordings. */
async function onDisk(
  options: string,
  use: (folder: string, remount: (options: string) => void) => Promise<void>,
): Promise<void> {
  const disk = newFolder();
  const mount = (how: string): void => {
    execFileSync("mount", ["-t", "tmpfs", "-o", how, "tmpfs", disk]);
  };
  mount(options);
  try {
    await use(disk, (how) => mount(`remount,${how}`));
  } finally {
    execFileSync("umount", ["-l", disk]);
  }
}

describe.skipIf(areMissing(ffmpeg, ffprobe) || !mayMount)(
  "the stream goes on, and is recorded again",
  { concurrent: true },
  () => {
    test(
      "when there is room again on a disk that was full",
      () =>
        onDisk("size=512k", async (disk) => {
          const [root, ballast] = [join(disk, "recordings"), join(disk, "ballast")];
          mkdirSync(root);
          execFileSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=1k", "count=440", "status=none"]);
          const server = await startHeadgate({ recording: { root }, applications: LIVE });
          const stream = new RunningStream(server);
          await soon(() => expect(linesWith(server, "RECORDING_FAILED").length).toBeGreaterThan(1));
          expect(
            linesWith(server, "RECORDING_FAILED").every((line) => line.includes('"error":"ENOSPC"')),
          ).toBe(true);
          rmSync(ballast);
          const before = linesWith(server, "recording begun").length;
          await soon(() => expect(linesWith(server, "recording begun").length).toBeGreaterThan(before));
          await stream.stop();
          await soon(() => expect(linesWith(server, "recording complete").length).toBe(1));
          // It is tried again after two seconds, four and so on, and says so once each time.
          expect(linesWith(server, "RECORDING_FAILED").length).toBeLessThan(8);
          await expectPlayable(root);
          const listed = await listedBy(server);
          expect(listed.map(({ file }) => file).sort()).toEqual(recordingsIn(root).sort());
          await server.stop();
        }),
      90_000,
    );

    test("when the manifest can be written again that had no room", () => {
      const root = newFolder();
      mkdirSync(join(root, ".headgate"));
      const manifest = join(root, ".headgate");
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", manifest]);
      const ballast = join(manifest, "ballast");
      writeFileSync(ballast, "x".repeat(4_096));
      return unmounting(manifest, async () => {
        const server = await startHeadgate({
          recording: { root },
          applications: { live: { record: { format: "flv", segment: "2s" }, resumeWindow: "0s" } },
        });
        const stream = new RunningStream(server);
        await soon(() => expect(linesWith(server, "recording complete").length).toBeGreaterThan(1));
        expect(linesWith(server, "RECORDINGS_UNWRITABLE").length).toBe(1);
        expect(await listedBy(server)).toEqual([]);
        rmSync(ballast);
        await soon(() => expect(linesWith(server, "is written again").length).toBe(1));
        await stream.stop();
        await soon(async () => {
          const listed = await listedBy(server);
          expect(listed.map(({ state }) => state)).toEqual(listed.map(() => "complete"));
          expect(listed.map(({ file }) => file).sort()).toEqual(recordingsIn(root).sort());
        });
        expect(linesWith(server, '"level":"error"').length).toBe(1);
        await expectPlayable(root);
        await server.stop();
      });
    }, 90_000);

    test(
      "when a disk may be written to that was read-only",
      () =>
        onDisk("size=64m,ro", async (root, remount) => {
          const server = await startHeadgate({ recording: { root }, applications: LIVE });
          const stream = new RunningStream(server);
          await soon(() => expect(linesWith(server, "RECORDING_FAILED").length).toBeGreaterThan(0));
          expect(linesWith(server, "RECORDING_FAILED")[0]).toContain('"error":"EROFS"');
          remount("rw");
          await soon(() => expect(linesWith(server, "recording begun").length).toBe(1));
          await stream.stop();
          await soon(() => expect(linesWith(server, "recording complete").length).toBe(1));
          await expectPlayable(root);
          await server.stop();
        }),
      90_000,
    );
  },
);

async function unmounting(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    execFileSync("umount", ["-l", folder]);
  }
}

describe.skipIf(areMissing(ffmpeg, ffprobe))(
  "the stream goes on, and is recorded again",
  { concurrent: true },
  () => {
    test.each([
      ["the folder", ""],
      ["all folders, with the manifest", ".."],
    ])(
      "when somebody has deleted %s that it is recorded in",
      async (_, above) => {
        const root = join(newFolder(), "recordings");
        const server = await startHeadgate({ recording: { root }, applications: LIVE });
        const stream = new RunningStream(server);
        await soon(() =>
          expect(filesIn(join(root, "live")).some((file) => statSync(file).size > 0)).toBe(true),
        );
        rmSync(join(root, "live", above), { recursive: true });
        await soon(() => expect(linesWith(server, "RECORDING_FAILED").length).toBe(1));
        expect(linesWith(server, "RECORDING_FAILED")[0]).toContain("was deleted");
        await soon(() => expect(linesWith(server, "recording begun").length).toBe(2));
        await stream.stop();
        await soon(() => expect(linesWith(server, "recording complete").length).toBe(1));
        expect(recordingsIn(root).length).toBe(1);
        await expectPlayable(root);
        await soon(async () =>
          expect((await listedBy(server)).map(({ file }) => file)).toEqual(recordingsIn(root)),
        );
        await server.stop();
      },
      90_000,
    );
  },
);

describe.skipIf(areMissing(ffmpeg, ffprobe))("a clock that jumps", { concurrent: true }, () => {
  const HOUR_MS = 3_600_000;

  test("by hours takes nothing of a recording, and nothing that was recorded", async () => {
    const root = newFolder();
    const config: ServerConfig = {
      recording: { root, keep: { age: "1h" } },
      applications: { live: { record: { format: "mp4", segment: "2s" }, resumeWindow: "0s" } },
    };
    const clock = join(newFolder(), "clock");
    const preload = fileURLToPath(new URL("../support/jumping-clock.mjs", import.meta.url));
    const server = await startHeadgate(config, {
      JUMPING_CLOCK: clock,
      NODE_OPTIONS: `--import=${preload}`,
    });
    const reference = server.file("reference.flv");
    const publisher = await publishWithFfmpeg(encoded(MEDIA), server.url("live", "cam"), reference);
    for (const [index, hours] of [5, -9, 0].entries()) {
      await soon(() => expect(linesWith(server, "recording complete").length).toBe(index + 1));
      writeFileSync(clock, String(hours * HOUR_MS));
    }
    expect((await publisher.end(60_000)).code).toBe(0);
    await soon(() => expect(linesWith(server, "recording complete").length).toBe(4));
    const begun = linesWith(server, "recording begun").map((line) => JSON.parse(line).file as string);
    expect(new Set(begun).size).toBe(4);
    expect([...begun].sort()).toEqual(recordingsIn(root));
    const frames = await Promise.all(begun.map((file) => framesIn(join(root, file), "v")));
    expect(frames.map(({ length }) => length)).toEqual([50, 50, 50, 25]);
    expect(frames.flat()).toEqual(await framesIn(reference, "v"));
    for (const { state, durationMs } of await listedBy(server)) {
      expect(state).toBe("complete");
      expect(durationMs).toBeLessThan(2_100);
    }
    // The folders are looked after every ten seconds; those from nine hours ago are not older than the others.
    const deleted = await run10Seconds(server);
    expect(deleted).toEqual([]);
    expect(linesWith(server, '"level":"error"')).toEqual([]);
    await server.stop();
    const next = await startHeadgate({ ...config, recording: { root } });
    await soon(async () => expect((await listedBy(next)).length).toBe(4));
    await next.stop();
    expect(linesWith(next, "cut off")).toEqual([]);
  }, 120_000);

  /** Until it has looked for what is not to be kept. */
  async function run10Seconds(server: HeadgateServer): Promise<string[]> {
    await sleep(11_000);
    return linesWith(server, "recording deleted");
  }
});
