import { afterAll, beforeAll, expect, test } from "vitest";
import { killEveryChild } from "./child-processes.ts";
import { type HeadgateServer, startHeadgate } from "./headgate-server.ts";
import { playersForRtmpe, rtmpdumpLivePlayer } from "./players.ts";
import { publishersForRtmpe, rtmpeUrl } from "./publishers.ts";
import { describePublishing } from "./publishing.ts";

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({ applications: { "*": { resumeWindow: "0s" } } });
}, 30_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

for (const publisher of publishersForRtmpe) describePublishing(publisher, playersForRtmpe, () => server);

test.skipIf(rtmpdumpLivePlayer.isMissing)("turned off, it is refused, and the log says why", async () => {
  const without = await startHeadgate({ applications: { "*": {} }, rtmpe: false });
  try {
    const url = rtmpeUrl(without.url("live", "cam"));
    const { code } = await rtmpdumpLivePlayer.start(url, without.file("cam")).end(15_000);
    expect(code).not.toBe(0);
    expect(without.log()).toContain("RTMPE, which is not enabled here");
  } finally {
    await without.stop();
  }
});
