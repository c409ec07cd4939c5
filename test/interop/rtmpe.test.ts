import { expect, test } from "vitest";
import { startHeadgate } from "../support/headgate-server.ts";
import { rtmpdumpLivePlayer } from "../support/players.ts";

test.skipIf(rtmpdumpLivePlayer.isMissing)("turned off, RTMPE is refused, and the log says why", async () => {
  const server = await startHeadgate({ applications: { "*": {} }, rtmpe: false });
  try {
    const url = server.url("live", "cam", { protocol: "rtmpe" });
    const { code } = await rtmpdumpLivePlayer.start(url, server.file("cam")).end(15_000);
    expect(code).not.toBe(0);
    await expect.poll(() => server.log()).toContain("RTMPE, which is not enabled here");
  } finally {
    await server.stop();
  }
});
