import { afterAll, beforeAll } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { everyPlayer, ffmpegPlayer } from "../support/players.ts";
import { everyPublisher, ffmpegH264 } from "../support/publishers.ts";
import {
  curlPlayer,
  curlPublisher,
  ffmpegHttpPublisher,
  gstreamerHttpPlayer,
  webSocketPlayer,
  webSocketPublisher,
} from "../support/web-programs.ts";
import { describePublishing, type Seat } from "./publishing.ts";

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const port = (): number => server.port(0);

/** One after the other: what a player has to find is over after some seconds. */
const AT_ONCE = 1;

/** These carry every codec. */
const carriers: readonly Seat[] = [
  { player: curlPlayer, scheme: "http", port },
  { player: webSocketPlayer, scheme: "ws", port },
];

const readers = [...everyPlayer.filter(({ title }) => /^ff/i.test(title)), gstreamerHttpPlayer];

/** What is particular to FLV: one medium alone, Enhanced RTMP, several tracks. */
const MEDIA = /^(?:H\.264\/AAC|AAC alone|H\.264 alone|HEVC\/AAC|AV1\/Opus|.* two tracks .*)$/;

for (const publisher of everyPublisher.filter(({ media }) => MEDIA.test(media))) {
  const others = publisher === ffmpegH264 ? readers : [];
  describePublishing({
    publisher,
    scheme: "rtmp",
    port,
    seats: [...carriers, ...others.map((player): Seat => ({ player, scheme: "http", port }))],
    atOnce: AT_ONCE,
    server: () => server,
  });
}

const seats: readonly Seat[] = [
  { player: ffmpegPlayer, scheme: "rtmp", port },
  { player: curlPlayer, scheme: "http", port },
  { player: webSocketPlayer, scheme: "ws", port },
];

for (const publisher of [ffmpegHttpPublisher, curlPublisher])
  describePublishing({ publisher, scheme: "http", port, seats, atOnce: AT_ONCE, server: () => server });
describePublishing({
  publisher: webSocketPublisher,
  scheme: "ws",
  port,
  seats,
  atOnce: AT_ONCE,
  server: () => server,
});
