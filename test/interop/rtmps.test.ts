import { afterAll, beforeAll } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { everyPlayer } from "../support/players.ts";
import { everyPublisher, ffmpegH264, type Publisher } from "../support/publishers.ts";
import { describePublishing, type Seat } from "./publishing.ts";

/** The positions of the listeners: one with all versions of TLS, and one for librtmp, which does not know the newest. */
const NEWEST_TLS = 0;
const TLS_1_2 = 1;

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s" } },
    listeners: [{}, { tls: { maxVersion: "TLSv1.2" } }],
  });
}, 30_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const seats: readonly Seat[] = everyPlayer.map((player) => {
  const listener = player.newestTls === "TLSv1.2" ? TLS_1_2 : NEWEST_TLS;
  return {
    player,
    scheme: "rtmps",
    by: `with ${player.newestTls} at most`,
    port: () => server.port(listener),
  };
});

const gstreamerH264 = everyPublisher.find(({ program }) => program.name === "GStreamer") as Publisher;

for (const publisher of [ffmpegH264, gstreamerH264]) {
  describePublishing({
    publisher,
    scheme: "rtmps",
    port: () => server.port(NEWEST_TLS),
    seats,
    server: () => server,
  });
}
