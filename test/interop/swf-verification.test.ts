import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, ffmpeg, rtmpdump } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";

const SIZE = "16";
const HASH = "1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518";
const OTHER_HASH = HASH.replace(/^./, "2");

let server: HeadgateServer;
let publishing: Child;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s", swfVerification: [{ size: Number(SIZE), hash: HASH }] } },
  });
  // A publisher need not be made of an SWF.
  if (!areMissing(ffmpeg))
    publishing = await ffmpegH264.start(server.url("live", "cam"), server.file("cam.flv"));
}, 90_000);

afterAll(async () => {
  await publishing?.stop();
  await server?.stop().finally(killEveryChild);
});

/** rtmpdump plays a second, as a player made of this SWF, or of none. */
async function rtmpdumpPlays(protocol: Scheme, hash?: string) {
  const swf = hash === undefined ? [] : ["-w", hash, "-x", SIZE];
  const url = server.url("live", "cam", { protocol });
  const file = server.file(`${protocol}-${hash}`);
  return new Child("rtmpdump", ["-v", "-B", "1", ...swf, "-r", url, "-o", file]).end(20_000);
}

async function ffmpegPlays(hash?: string) {
  const swf = hash === undefined ? [] : ["-rtmp_swfhash", hash, "-rtmp_swfsize", SIZE];
  const args = [
    "-nostdin",
    "-v",
    "warning",
    ...swf,
    "-i",
    server.url("live", "cam"),
    "-t",
    "1",
    "-f",
    "null",
    "-",
  ];
  return new Child("ffmpeg", args).end(20_000);
}

describe.skipIf(areMissing(ffmpeg, rtmpdump))("an application with SWF verification", () => {
  test.each(["rtmp", "rtmpt", "rtmpe", "rtmpte"] as const)(
    "is played by the right SWF over %s",
    async (scheme) => {
      expect((await rtmpdumpPlays(scheme, HASH)).code).toBe(0);
    },
  );

  test("is played by ffmpeg with the right SWF", async () => {
    expect((await ffmpegPlays(HASH)).code).toBe(0);
  });

  test.each(["rtmp", "rtmpe"] as const)(
    "is not played by another SWF over %s, and the log says so",
    async (scheme) => {
      expect((await rtmpdumpPlays(scheme, OTHER_HASH)).code).not.toBe(0);
      await expect.poll(() => server.log(5)).toContain("SWF_NOT_VERIFIED");
      await expect.poll(() => server.log(5)).toContain("it is not one of those that may play");
    },
  );

  test("is not played by whoever does not answer", async () => {
    const outcomes = await Promise.all([rtmpdumpPlays("rtmp"), ffmpegPlays()]);
    for (const { code } of outcomes) expect(code).not.toBe(0);
    await expect.poll(() => server.log(10)).toContain("no answer in time");
  }, 30_000);
});
