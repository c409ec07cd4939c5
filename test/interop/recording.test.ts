import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { AV1, audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, FFMPEG8_SCRIPT, ffmpeg, ffmpeg8, ffprobe, rtmpdump } from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { SocketPeer } from "../support/socket-peer.ts";

/** A machine that runs other tests takes its time. */
const soon = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 });

const FRAMES = 175;
const MEDIA = [...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")];

let root: string;
let server: HeadgateServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "headgate-recordings-"));
  server = await startHeadgate({
    recording: { root },
    applications: {
      "*": { resumeWindow: "0s" },
      mp4: { record: { format: "mp4", segment: "2s" } },
      flv: { record: { format: "flv", segment: "2s" } },
      whole: { record: { format: "mp4", name: "{app}/{stream}" } },
      whole_flv: { record: { format: "flv", name: "{app}/{stream}" } },
      cams: { record: { format: "mp4", streams: "cam-*" } },
    },
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(root, { recursive: true });
});

/** All files below a folder, in the order of their names. */
function filesIn(folder: string, ending = ""): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file.endsWith(ending))
    .sort();
}

/** What ffmpeg reads: a hash of each packet, as it is. */
function packets(file: string, stream: "v" | "a", ...options: readonly string[]): string[] {
  return hashes(file, ["-map", `0:${stream}`, "-c", "copy", "-f", "framehash", "-hash", "md5", "-"], options);
}

/** What ffmpeg decodes: a hash of each frame. */
function decoded(file: string, stream: "v" | "a", ...options: readonly string[]): string[] {
  return hashes(file, ["-map", `0:${stream}`, "-fps_mode", "passthrough", "-f", "framemd5", "-"], options);
}

function hashes(file: string, output: readonly string[], options: readonly string[]): string[] {
  const { output: text } = run("ffmpeg", ["-nostdin", "-v", "error", ...options, "-i", file, ...output]);
  return text.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",").at(-1)!.trim()] : []));
}

function durationOf(file: string): number {
  const { output } = run("ffprobe", [
    "-v",
    "error",
    "-show_entries",
    "format=duration",
    "-of",
    "csv=p=0",
    file,
  ]);
  return Number(output);
}

/** The types of the boxes of an MP4 file, those of a kind once. */
function boxesOf(file: string): string[] {
  const bytes = readFileSync(file);
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (types.at(-1) !== type) types.push(type);
    at += size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : Math.max(8, size);
  }
  return types;
}

async function publish(path: string, file = encoded(MEDIA)): Promise<string> {
  const [application = "", stream = ""] = path.split("/");
  const reference = server.file(`${path.replaceAll("/", "-")}.flv`);
  const child = await publishWithFfmpeg(file, server.url(application, stream), reference);
  expect((await child.end(60_000)).code, child.errors).toBe(0);
  return reference;
}

describe.skipIf(areMissing(ffmpeg, ffprobe))("a stream that ffmpeg publishes", () => {
  test.concurrent.each(["mp4", "flv"])(
    "is recorded as %s, packet for packet, in files that begin with keyframes",
    async (format) => {
      const reference = await publish(`${format}/cam`);
      const folder = join(root, format, "cam");
      await soon(async () => expect(filesIn(folder, format).length).toBe(4));
      await soon(async () => expect(await server.metric("headgate_recordings")).toBe(0));
      const files = filesIn(folder, format);
      expect(relative(folder, files[0]!)).toMatch(/^\d{4}-\d\d-\d\d\/\d\d-\d\d-\d\d\.(mp4|flv)$/);
      expect(files.flatMap((file) => packets(file, "v"))).toEqual(packets(reference, "v"));
      const sounds = packets(reference, "a");
      expect(files.flatMap((file) => packets(file, "a"))).toEqual(sounds);
      for (const file of files) {
        expect(Math.abs(durationOf(file) - (file === files.at(-1) ? 1 : 2))).toBeLessThan(0.2);
        // Each file can be decoded by itself.
        expect(decoded(file, "v").length).toBe(file === files.at(-1) ? 25 : 50);
        if (format === "mp4") expect(boxesOf(file)).toEqual(["ftyp", "mdat", "moov"]);
      }
    },
    90_000,
  );

  test.concurrent("that MP4 cannot hold is recorded as FLV", async () => {
    await publish("whole/sorenson", encoded([...picture(), "-t", "2", "-c:v", "flv", "-g", "25"], "flv"));
    await soon(async () => expect(filesIn(join(root, "whole"), "sorenson.flv").length).toBe(1));
  }, 60_000);

  test.concurrent("is recorded only if its name is as the configuration says", async () => {
    await Promise.all([publish("cams/cam-1"), publish("cams/other")]);
    await soon(async () => expect(readdirSync(join(root, "cams"))).toEqual(["cam-1"]));
  }, 60_000);

  test.concurrent("whose publisher is followed by another one at once is recorded again", async () => {
    const media = encoded([...picture(), "-t", "1", ...h264()]);
    const viewer = SocketPeer.dial(server.port(0));
    viewer.answersPings = true;
    viewer.connect("whole");
    // While somebody waits for it, it stays the same stream.
    viewer.play("followed");
    for (let count = 0; count < 3; count += 1) await publish("whole/followed", media);
    await soon(async () => {
      const files = filesIn(join(root, "whole")).filter((file) => file.includes("followed"));
      expect(files.map((file) => packets(file, "v").length).reduce((sum, count) => sum + count, 0)).toBe(75);
    });
    viewer.close();
  }, 60_000);

  test.concurrent("of the same name gets another file", async () => {
    const media = encoded([...picture(), "-t", "1", ...h264()]);
    await publish("whole/again", media);
    await publish("whole/again", media);
    await soon(async () =>
      expect(filesIn(join(root, "whole")).filter((file) => file.includes("again")).length).toBe(2),
    );
    expect(existsSync(join(root, "whole/again-1.mp4"))).toBe(true);
  }, 60_000);
});

describe.skipIf(areMissing(ffmpeg8, ffprobe))("a stream that FFmpeg 8 publishes as Enhanced RTMP", () => {
  test.concurrent("is recorded as MP4: AV1 and Opus", async () => {
    const file = encoded([...picture(), ...sound(), "-t", "4", ...AV1, ...audio("libopus")], "mp4");
    const child = new Child(process.execPath, [FFMPEG8_SCRIPT, "publish", file, server.url("whole", "av1")]);
    expect((await child.end(60_000)).code, child.errors).toBe(0);
    const recorded = join(root, "whole/av1.mp4");
    await soon(async () => expect(existsSync(recorded) && boxesOf(recorded).at(-1)).toBe("moov"));
    expect(decoded(recorded, "v")).toEqual(decoded(file, "v"));
    expect(packets(recorded, "a").length).toBeGreaterThan(190);
  }, 60_000);
});

describe.skipIf(areMissing(ffmpeg, ffprobe, rtmpdump))("what was recorded", () => {
  const vod = (format: string): string => `${format === "mp4" ? "mp4:" : ""}film`;
  const application = (format: string): string => (format === "mp4" ? "whole" : "whole_flv");

  beforeAll(async () => {
    await Promise.all([publish("whole/film"), publish("whole_flv/film")]);
    await soon(async () =>
      expect(
        ["whole/film.mp4", "whole_flv/film.flv"].map((file) => durationOf(join(root, file)) > 6),
      ).toEqual([true, true]),
    );
  }, 90_000);

  test.each(["mp4", "flv"])(
    "%s is played whole by ffmpeg, faster than it lasts",
    async (format) => {
      const url = `${server.url(application(format), vod(format))}`;
      const options = ["-rtmp_live", "recorded", "-rtmp_buffer", "60000"];
      const played = decoded(url, "v", ...options);
      expect(played).toEqual(decoded(join(root, application(format), `film.${format}`), "v"));
      expect(played.length).toBe(FRAMES);
    },
    60_000,
  );

  test.each(["mp4", "flv"])(
    "%s is played from the middle by ffmpeg -ss, from the keyframe at or before",
    async (format) => {
      const url = `${server.url(application(format), vod(format))}`;
      const from3 = decoded(url, "v", "-rtmp_live", "recorded", "-rtmp_buffer", "500", "-ss", "3.5");
      const whole = decoded(join(root, application(format), `film.${format}`), "v");
      expect(from3.length).toBeGreaterThan(80);
      expect(from3).toEqual(whole.slice(-from3.length));
    },
    60_000,
  );

  test.each(["mp4", "flv"])(
    "%s is fetched by rtmpdump, and from a position on",
    async (format) => {
      const whole = server.file(`rtmpdump-${format}.flv`);
      const part = server.file(`rtmpdump-part-${format}.flv`);
      const connect = ["-q", "-R", "-r", server.url(application(format), "").slice(0, -1), "-y", vod(format)];
      const fetch = async (...args: string[]): Promise<void> => {
        const child = new Child("rtmpdump", [...connect, ...args]);
        // 2: by its account a file whose last frame ends before its duration is not whole.
        expect([0, 2], child.errors).toContain((await child.end(30_000)).code);
      };
      await fetch("-o", whole);
      expect(packets(whole, "v")).toEqual(packets(join(root, application(format), `film.${format}`), "v"));
      await fetch("--start", "4", "-o", part);
      expect(decoded(part, "v")).toEqual(decoded(whole, "v").slice(-75));
    },
    90_000,
  );

  test("that is not there is refused with a status", async () => {
    const url = server.url("whole", "mp4:none");
    const child = new Child("ffmpeg", ["-nostdin", "-v", "error", "-rtmp_live", "recorded", "-i", url]);
    expect((await child.end(20_000)).code).not.toBe(0);
    expect(child.errors).toContain("There is no such recording.");
  }, 30_000);
});

describe.skipIf(areMissing(ffmpeg, ffprobe))("a server that is killed while it records", () => {
  test("leaves files that play to their last fragment, and that the next start finishes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-recordings-"));
    const config = {
      recording: { root: folder },
      applications: { "*": { record: { format: "mp4" } }, flv: { record: { format: "flv" } } },
    } as const;
    const first = await startHeadgate(config);
    const media = encoded(MEDIA);
    for (const application of ["live", "flv"])
      await publishWithFfmpeg(media, first.url(application, "cam"), first.file(`${application}.flv`));
    await soon(async () =>
      expect(
        filesIn(folder, "mp4")
          .concat(filesIn(folder, "flv"))
          .filter((file) => statSync(file).size > 30_000).length,
      ).toBe(2),
    );
    await sleep(1_500);
    process.kill(first.pid, "SIGKILL");
    const files = [...filesIn(folder, "mp4"), ...filesIn(folder, "flv")];
    const copies = files.map((file, index) => {
      const copy = first.file(`cut-${index}${file.slice(-4)}`);
      copyFileSync(file, copy);
      return copy;
    });
    const cut = copies.map((file) => decoded(file, "v"));
    for (const frames of cut) expect(frames.length).toBeGreaterThan(20);
    const second = await startHeadgate(config);
    await soon(async () => expect(files.map((file) => durationOf(file) > 0.9)).toEqual([true, true]));
    await soon(async () => expect(boxesOf(files[0]!)).toEqual(["ftyp", "mdat", "moov"]));
    expect(files.map((file) => decoded(file, "v"))).toEqual(cut);
    await second.stop();
    rmSync(folder, { recursive: true });
  }, 90_000);
});

const mayMount = process.getuid?.() === 0 && run("mount", ["--version"]).succeeded;

describe.skipIf(areMissing(ffmpeg, ffprobe) || !mayMount)("on a disk that is full", () => {
  test("the recording fails with a code, the stream goes on, and is recorded again when there is room", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", folder]);
    try {
      const ballast = join(folder, "ballast");
      mkdirSync(join(folder, "recordings"));
      execFileSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=1k", "count=440", "status=none"]);
      const full = await startHeadgate({
        recording: { root: join(folder, "recordings") },
        applications: { "*": { record: { format: "mp4" }, resumeWindow: "0s" } },
      });
      const seen = full.file("seen.flv");
      const reference = full.file("reference.flv");
      const viewer = new Child("ffmpeg", [
        "-nostdin",
        "-v",
        "error",
        "-i",
        full.url("live", "cam"),
        "-c",
        "copy",
        "-y",
        seen,
      ]);
      const publisher = await publishWithFfmpeg(encoded(MEDIA), full.url("live", "cam"), reference);
      await soon(async () => expect(full.log()).toContain("RECORDING_FAILED"));
      rmSync(ballast);
      expect((await publisher.end(60_000)).code).toBe(0);
      await viewer.end(30_000);
      expect(packets(seen, "v")).toEqual(packets(reference, "v"));
      await soon(async () => expect(full.log()).toContain("recording complete"));
      await full.stop();
    } finally {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    }
  }, 90_000);
});
