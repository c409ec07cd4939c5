import { afterAll, beforeAll, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import {
  ffmpeg8Player,
  ffmpegPlayer,
  gstreamerLibrtmpPlayer,
  type Player,
  rtmpdumpLivePlayer,
} from "../support/players.ts";
import { ffmpeg8H264, ffmpeg8Hevc, ffmpegH264, gstreamerLibrtmpH264 } from "../support/publishers.ts";
import { describePublishing, type Seat } from "./publishing.ts";

const SCHEMES: readonly Scheme[] = ["rtmp", "rtmpt", "rtmps", "rtmpe", "rtmpte", "rtmpts"];

/**
 * FFmpeg 8 asks for https:// first and for http:// then, which it takes for another protocol itself (libavformat/rtmphttp.c
 * and http.c): no server can help it. FFmpeg 5.1 does not mind.
 */
const FFMPEG8_SCHEMES: readonly Scheme[] = SCHEMES.filter((scheme) => scheme !== "rtmpts");

/** Who knows which transports. GStreamer's elements with librtmp are here for what its own do not know. */
const PLAYERS: readonly (readonly [player: Player, schemes: readonly Scheme[]])[] = [
  [ffmpeg8Player, FFMPEG8_SCHEMES],
  [rtmpdumpLivePlayer, SCHEMES],
  [ffmpegPlayer, ["rtmp", "rtmpt", "rtmps", "rtmpts"]],
  [gstreamerLibrtmpPlayer, ["rtmpe", "rtmpte"]],
];

let server: HeadgateServer;

beforeAll(async () => {
  // One port for all of them.
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const port = (): number => server.port(0);

const everySeat: readonly Seat[] = PLAYERS.flatMap(([player, schemes]) =>
  schemes.map((scheme) => ({ player, scheme, port })),
);

for (const scheme of SCHEMES) {
  describePublishing({
    publisher: FFMPEG8_SCHEMES.includes(scheme) ? ffmpeg8H264 : ffmpegH264,
    scheme,
    port,
    seats: everySeat,
    from: ["start"],
    server: () => server,
  });
}

const fewSeats = everySeat.filter(({ scheme }) => scheme === "rtmp" || scheme === "rtmpte");

for (const scheme of ["rtmpe", "rtmpte"] as const) {
  for (const publisher of [gstreamerLibrtmpH264, ffmpeg8Hevc]) {
    describePublishing({ publisher, scheme, port, seats: fewSeats, server: () => server });
  }
}

test.skipIf(ffmpeg8Player.isMissing)("RTMPTS is what FFmpeg 8 cannot do, for the reason given", async () => {
  const url = server.url("live", "none", { protocol: "rtmpts" });
  const child = ffmpeg8Player.start(url, server.file("ffmpeg8-rtmpts"));
  const { code } = await child.end(15_000);
  expect(code).not.toBe(0);
  expect(child.errors).toContain("Cannot reuse HTTP connection for different protocol https vs http");
});
