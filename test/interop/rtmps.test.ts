import { afterAll, beforeAll } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { everyPlayer } from "../support/players.ts";
import { everyPublisher, ffmpegH264, type Publisher } from "../support/publishers.ts";
import { describePublishing, type Seat } from "./publishing.ts";

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const port = (): number => server.port(0);

const seats: readonly Seat[] = everyPlayer.map((player) => ({ player, scheme: "rtmps", port }));

const gstreamerH264 = everyPublisher.find(({ program }) => program.name === "GStreamer") as Publisher;

for (const publisher of [ffmpegH264, gstreamerH264]) {
  describePublishing({
    publisher,
    scheme: "rtmps",
    port,
    seats,
    server: () => server,
  });
}
