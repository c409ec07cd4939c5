import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { nginxRtmpOrigin, type RunningOrigin } from "../support/origins.ts";
import { areMissing, ffmpeg, nginxRtmp, titleOf } from "../support/programs.ts";
import { costOf, LightLoad } from "./light-load.ts";

const STREAMS = 100;
const VIEWERS_PER_STREAM = 2;
const SESSIONS: number = STREAMS * (1 + VIEWERS_PER_STREAM);
const SECONDS = 25;
/** Pictures and pieces of sound in a viewer's stream, of which it may have missed the first few. */
const MESSAGES: number = SECONDS * 25 + Math.floor((SECONDS * 48_000) / 1024) - 20;

let origin: RunningOrigin;
let server: HeadgateServer;

beforeAll(async () => {
  origin = await nginxRtmpOrigin.start();
  server = await startHeadgate({ applications: { live: { proxy: `rtmp://127.0.0.1:${origin.port}` } } });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  await origin?.stop();
});

describe.skipIf(areMissing(ffmpeg, nginxRtmp))(
  `${SESSIONS} sessions passed on to ${titleOf(nginxRtmp)}`,
  () => {
    test(`publish and play for ${SECONDS} s, and leave nothing behind`, { timeout: 180_000 }, async () => {
      const file = encoded(
        [...[...picture(), ...sound(), "-t", `${SECONDS}`], ...[...h264(), ...audio("aac")]],
        "flv",
      );
      const streams = Array.from({ length: STREAMS }, (_, index) => server.url("live", `s${index}`));
      const resident = server.residentBytes();
      const load = new LightLoad(
        {
          publish: streams.map((url) => ({ url, file })),
          play: streams.flatMap((url) => Array.from({ length: VIEWERS_PER_STREAM }, () => ({ url }))),
        },
        server.file("load.json"),
      );
      await load.ready(30_000);
      await sleep((SECONDS / 2) * 1000);
      expect((await server.relays()).proxiedSessions).toBe(SESSIONS);
      const before = Math.round(resident / 2 ** 20);
      console.log(`${SESSIONS} proxied sessions: ${costOf(server)}; ${before} MiB before them`);
      // nginx-rtmp does not tell players of the end of a stream, so the load ends them.
      await sleep((SECONDS / 2) * 1000 + 3_000);
      load.child.signal("SIGINT");
      const { messages, viewers } = await load.report(10_000);
      expect(viewers).toBe(STREAMS * VIEWERS_PER_STREAM);
      expect(messages).toBeGreaterThan(viewers * MESSAGES);
      await vi.waitFor(async () => expect((await server.relays()).proxiedSessions).toBe(0), {
        timeout: 10_000,
      });
      await vi.waitFor(async () => expect(await server.metric("headgate_connections")).toBe(0), {
        timeout: 10_000,
      });
      expect(server.log(1000)).not.toContain('"level":"error"');
    });
  },
);
