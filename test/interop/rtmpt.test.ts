import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "./child-processes.ts";
import { type HeadgateServer, startHeadgate } from "./headgate-server.ts";
import { ffmpeg8Player, ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "./players.ts";
import { areMissing, nginx, squid, titleOf } from "./programs.ts";
import { startNginx, startSquid } from "./proxies.ts";
import { everyPublisher, type Publisher } from "./publishers.ts";
import { Viewing } from "./viewing.ts";

const WAIT_BEFORE_MS = 1_000;
const JOIN_AFTER_MS = 3_000;

/**
 * What FFmpeg may not send: when it closes a tunnel it throws away what it has not flushed, and it flushes with every tenth
 * packet (libavformat/rtmphttp.c, rtmpproto.c).
 */
const MAY_NOT_BE_SENT = 10;

type Scheme = "rtmp" | "rtmpt" | "rtmpts";

const ffmpegPublisher = everyPublisher.find(({ program }) => program.name === "ffmpeg") as Publisher;
const ffmpeg8Publisher = everyPublisher.find(({ program }) => program.name === "FFmpeg") as Publisher;

const PLAYERS: readonly (readonly [player: Player, scheme: Scheme])[] = [
  [ffmpegPlayer, "rtmpt"],
  [ffmpegPlayer, "rtmpts"],
  [ffmpeg8Player, "rtmpt"],
  [ffmpeg8Player, "rtmp"],
  [rtmpdumpLivePlayer, "rtmpt"],
];

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 30_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

interface Setting {
  readonly title: string;
  readonly publisher: Publisher;
  readonly scheme: Scheme;
  readonly players: typeof PLAYERS;
  readonly isMissing?: boolean;
  /** Puts up what stands between, and returns the port to go to instead of the server's, and what takes it down. */
  readonly between?: () => Promise<{ readonly port: number; stop(): Promise<void> }>;
}

function publishAndPlay({ title, publisher, scheme, players, isMissing = false, between }: Setting): void {
  describe(title, () => {
    const stream = title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const reference = (): string => server.file(`${stream}.flv`);
    const viewings = players.flatMap(([player, of], index) => {
      const through = { ...player, title: `${player.title} as ${of}`, mayLoseAtEnd: MAY_NOT_BE_SENT };
      return [
        { of, viewing: new Viewing(publisher, through, `${stream}-${index}-waited`, "start") },
        { of, viewing: new Viewing(publisher, through, `${stream}-${index}-joined`, "keyframe") },
      ];
    });

    beforeAll(async () => {
      if (publisher.isMissing || isMissing) return;
      const standing = await between?.();
      const urlOf = (of: Scheme): string =>
        `${of}://127.0.0.1:${standing?.port ?? server.port(0)}/live/${stream}`;
      const startThoseFrom = (from: Viewing["from"]): void => {
        for (const { of, viewing } of viewings) {
          if (viewing.from === from && !viewing.isSkipped) viewing.start(server, urlOf(of));
        }
      };
      startThoseFrom("start");
      await sleep(WAIT_BEFORE_MS);
      const publishing = await publisher.start(urlOf(scheme), reference());
      await sleep(JOIN_AFTER_MS);
      startThoseFrom("keyframe");
      const { code } = await publishing.end(60_000);
      expect(code, publishing.errors).toBe(0);
      await Promise.all(viewings.map(({ viewing }) => viewing.end()));
      await standing?.stop();
    }, 120_000);

    for (const { viewing } of viewings) {
      test.skipIf(viewing.isSkipped || isMissing)(viewing.title, async () => {
        await viewing.expectWhole(reference());
      });
    }
  });
}

for (const [publisher, scheme] of [
  [ffmpegPublisher, "rtmpt"],
  [ffmpegPublisher, "rtmpts"],
  [ffmpeg8Publisher, "rtmpt"],
] as const) {
  const title = `${titleOf(publisher.program)} publishes ${publisher.media} as ${scheme}`;
  publishAndPlay({ title, publisher, scheme, players: PLAYERS });
}

const TUNNELLED = PLAYERS.filter(([, scheme]) => scheme === "rtmpt");

publishAndPlay({
  title: "through nginx as a reverse proxy with its defaults",
  publisher: ffmpegPublisher,
  scheme: "rtmpt",
  players: TUNNELLED,
  isMissing: areMissing(nginx),
  between: () => startNginx(server.port(0)),
});

publishAndPlay({
  title: "through squid as ffmpeg's http_proxy",
  publisher: ffmpegPublisher,
  scheme: "rtmpt",
  // rtmpdump knows no HTTP proxies.
  players: TUNNELLED.filter(([player]) => player !== rtmpdumpLivePlayer),
  isMissing: areMissing(squid),
  between: async () => {
    const proxy = await startSquid();
    process.env.http_proxy = `http://127.0.0.1:${proxy.port}`;
    return {
      port: server.port(0),
      stop: async () => {
        delete process.env.http_proxy;
        await proxy.stop();
      },
    };
  },
});
