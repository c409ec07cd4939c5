import { afterAll, beforeAll } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { everyPlayer } from "../support/players.ts";
import { everyPublisher } from "../support/publishers.ts";
import { describePublishing } from "./publishing.ts";

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const way = { scheme: "rtmp", port: () => server.port(0) } as const;

for (const publisher of everyPublisher) {
  const seats = everyPlayer.map((player) => ({ player, ...way }));
  describePublishing({ publisher, seats, ...way, server: () => server });
}
