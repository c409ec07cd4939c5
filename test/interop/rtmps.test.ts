import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "./child-processes.ts";
import { HAPROXY_ADDRESS, type Haproxy, startHaproxy } from "./haproxy.ts";
import { type HeadgateServer, startHeadgate } from "./headgate-server.ts";
import { everyPlayer, ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "./players.ts";
import { areMissing, haproxy, titleOf } from "./programs.ts";
import { everyPublisher, type Publisher } from "./publishers.ts";
import { Viewing } from "./viewing.ts";

const WAIT_BEFORE_MS = 1_000;
const JOIN_AFTER_MS = 3_000;

/** The positions of the listeners. What RTMP and RTMPS are at home on is a matter of the port's number and nothing else. */
const RTMP_PORT = 0;
const RTMPS_PORT = 1;
const BEHIND_HAPROXY = 2;

let server: HeadgateServer;
let balancer: Haproxy | undefined;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s" } },
    listeners: [{}, { tls: { maxVersion: "TLSv1.2" } }, { trustedProxies: [HAPROXY_ADDRESS] }],
  });
  if (!areMissing(haproxy)) balancer = await startHaproxy(server, BEHIND_HAPROXY);
}, 30_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** A player and how it comes to the stream. */
interface Seat {
  readonly player: Player;
  readonly by: string;
  readonly url: (stream: string) => string;
}

/** Publishes once, to players that wait and to players that join in the middle. */
function published(
  publisher: Publisher,
  by: string,
  url: (stream: string) => string,
  seats: readonly Seat[],
): void {
  describe(`${titleOf(publisher.program)} publishes ${publisher.media} ${by}`, () => {
    const stream = `${publisher.program.name}-${publisher.media}-${by}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-");
    const reference = (): string => server.file(`${stream}.flv`);
    const viewings = seats.flatMap((seat, index) =>
      (["start", "keyframe"] as const).map((from) => ({
        seat,
        viewing: new Viewing(publisher, seat.player, `${stream}-${index}-${from}`, from),
      })),
    );
    const startThoseFrom = (from: Viewing["from"]): void => {
      for (const { seat, viewing } of viewings) {
        if (viewing.from === from && !viewing.isSkipped) viewing.start(server, seat.url(stream));
      }
    };

    beforeAll(async () => {
      if (publisher.isMissing) return;
      startThoseFrom("start");
      await sleep(WAIT_BEFORE_MS);
      const publishing = await publisher.start(url(stream), reference());
      await sleep(JOIN_AFTER_MS);
      startThoseFrom("keyframe");
      const { code } = await publishing.end(60_000);
      expect(code, publishing.errors).toBe(0);
      await Promise.all(viewings.map(({ viewing }) => viewing.end()));
    }, 120_000);

    for (const { seat, viewing } of viewings) {
      test.skipIf(viewing.isSkipped)(`${viewing.title} ${seat.by}`, async () => {
        await viewing.expectWhole(reference());
      });
    }
  });
}

function publisherOf(media: string): Publisher {
  return everyPublisher.find((publisher) => publisher.media === media) as Publisher;
}

function gstreamerPublisher(): Publisher {
  return everyPublisher.find(({ program }) => program.name === "GStreamer") as Publisher;
}

const overTls: readonly Seat[] = everyPlayer.map((player) => {
  const listener = player.newestTls === "TLSv1.2" ? RTMPS_PORT : RTMP_PORT;
  const by = `over RTMPS with ${player.newestTls} at most`;
  return { player, by, url: (stream) => server.url("live", stream, { protocol: "rtmps", listener }) };
});

for (const publisher of [publisherOf("H.264/AAC"), gstreamerPublisher(), publisherOf("HEVC/AAC")]) {
  const url = (stream: string) => server.url("live", stream, { protocol: "rtmps", listener: RTMP_PORT });
  published(publisher, "over RTMPS on the port of RTMP", url, overTls);
}

published(
  publisherOf("H.264/AAC"),
  "over RTMP on the port of RTMPS",
  (stream) => server.url("live", stream, { listener: RTMPS_PORT }),
  [ffmpegPlayer, rtmpdumpLivePlayer].flatMap((player): readonly Seat[] => [
    {
      player,
      by: "over RTMP on the port of RTMPS",
      url: (stream) => server.url("live", stream, { listener: RTMPS_PORT }),
    },
    {
      player,
      by: "over RTMPS",
      url: (stream) => server.url("live", stream, { protocol: "rtmps", listener: RTMPS_PORT }),
    },
  ]),
);

describe.skipIf(areMissing(haproxy))(`through ${titleOf(haproxy)} in mode tcp`, () => {
  const through = (protocol: "rtmp" | "rtmps", version: "v1" | "v2") => (stream: string) =>
    server.url("live", stream, { protocol, port: (balancer as Haproxy).ports[version] });

  published(publisherOf("H.264/AAC"), "over RTMPS with PROXY v2", through("rtmps", "v2"), [
    { player: ffmpegPlayer, by: "over RTMP with PROXY v2", url: through("rtmp", "v2") },
    { player: ffmpegPlayer, by: "over RTMPS with PROXY v1", url: through("rtmps", "v1") },
    { player: rtmpdumpLivePlayer, by: "over RTMP with PROXY v1", url: through("rtmp", "v1") },
  ]);

  test("every session is logged with the client's address, and none with haproxy's", () => {
    const sessions = server
      .log(10_000)
      .split("\n")
      .filter((line) => line.includes('"session started"'));
    expect(sessions.length).toBeGreaterThan(0);
    expect(new Set(sessions.map((line) => JSON.parse(line).remoteAddress))).toEqual(new Set(["127.0.0.1"]));
  });
});
