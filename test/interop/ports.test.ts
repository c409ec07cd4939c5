import { afterAll, beforeAll } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { describePublishing } from "./publishing.ts";

/** A client for each transport. */
const PLAYERS: readonly (readonly [scheme: Scheme, player: Player])[] = [
  ["rtmp", ffmpegPlayer],
  ["rtmpt", ffmpegPlayer],
  ["rtmps", ffmpegPlayer],
  ["rtmpts", ffmpegPlayer],
  ["rtmpe", rtmpdumpLivePlayer],
  ["rtmpte", rtmpdumpLivePlayer],
];

/** As where nothing is configured. What a port is at home to is a matter of its number and nothing else. */
const PORTS = ["in place of 1935", "in place of 80", "in place of 443"];

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s" } },
    listeners: PORTS.map(() => ({})),
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

describePublishing({
  publisher: ffmpegH264,
  scheme: "rtmp",
  by: `on the port ${PORTS[2]}`,
  port: () => server.port(2),
  from: ["start"],
  server: () => server,
  seats: PORTS.flatMap((name, listener) =>
    PLAYERS.map(([scheme, player]) => ({
      player,
      scheme,
      by: `on the port ${name}`,
      port: () => server.port(listener),
    })),
  ),
});
