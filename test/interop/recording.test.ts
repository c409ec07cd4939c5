import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { AV1, audio, encoded, h264, picture, sound } from "../support/media.ts";
import { nginxRtmpWith } from "../support/origins.ts";
import {
  areMissing,
  FFMPEG8_SCRIPT,
  ffmpeg,
  ffmpeg8,
  ffprobe,
  nginxRtmp,
  rtmpdump,
} from "../support/programs.ts";
import { publishWithFfmpeg } from "../support/publishers.ts";
import { boxesIn, filesIn, framesIn, packetsIn } from "../support/recorded-files.ts";
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
      for (const stream of ["v", "a"] as const) {
        const recorded = await Promise.all(files.map((file) => packetsIn(file, stream)));
        expect(recorded.flat()).toEqual(await packetsIn(reference, stream));
      }
      for (const file of files) {
        expect(Math.abs(durationOf(file) - (file === files.at(-1) ? 1 : 2))).toBeLessThan(0.2);
        // Each file can be decoded by itself.
        expect((await framesIn(file, "v")).length).toBe(file === files.at(-1) ? 25 : 50);
        if (format === "mp4") expect(boxesIn(file)).toEqual(["ftyp", "mdat", "moov"]);
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
      expect((await Promise.all(files.map((file) => packetsIn(file, "v")))).flat().length).toBe(75);
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
    await soon(async () => expect(existsSync(recorded) && boxesIn(recorded).at(-1)).toBe("moov"));
    expect(await framesIn(recorded, "v")).toEqual(await framesIn(file, "v"));
    expect((await packetsIn(recorded, "a")).length).toBeGreaterThan(190);
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
      const played = await framesIn(url, "v", options);
      expect(played).toEqual(await framesIn(join(root, application(format), `film.${format}`), "v"));
      expect(played.length).toBe(FRAMES);
    },
    60_000,
  );

  test.each(["mp4", "flv"])(
    "%s is played from the middle by ffmpeg -ss, from the keyframe at or before",
    async (format) => {
      const url = `${server.url(application(format), vod(format))}`;
      const options = ["-rtmp_live", "recorded", "-rtmp_buffer", "500", "-ss", "3.5"];
      const from3 = await framesIn(url, "v", options);
      const whole = await framesIn(join(root, application(format), `film.${format}`), "v");
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
      const file = join(root, application(format), `film.${format}`);
      expect(await packetsIn(whole, "v")).toEqual(await packetsIn(file, "v"));
      await fetch("--start", "4", "-o", part);
      expect(await framesIn(part, "v")).toEqual((await framesIn(whole, "v")).slice(-75));
    },
    90_000,
  );

  test.skipIf(areMissing(nginxRtmp)).each([
    ["whole", "mp4:film.mp4"],
    ["whole_flv", "film.flv"],
  ])(
    "is read by nginx-rtmp, too: %s/%s",
    async (folder, name) => {
      const origin = await nginxRtmpWith(`application vod { play ${join(root, folder)}; }`).start();
      const url = `rtmp://127.0.0.1:${origin.port}/vod/${name}`;
      const played = await packetsIn(url, "v", ["-rtmp_live", "recorded", "-rtmp_buffer", "60000"]);
      await origin.stop();
      expect(played).toEqual(await packetsIn(join(root, folder, name.split(":").at(-1)!), "v"));
      expect(played.length).toBe(FRAMES);
    },
    60_000,
  );

  test("that is not there is refused with a status", async () => {
    const url = server.url("whole", "mp4:none");
    const child = new Child("ffmpeg", ["-nostdin", "-v", "error", "-rtmp_live", "recorded", "-i", url]);
    expect((await child.end(20_000)).code).not.toBe(0);
    expect(child.errors).toContain("There is no such recording.");
  }, 30_000);
});
