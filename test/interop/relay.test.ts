import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import {
  nginxRtmpOrigin,
  nodeMediaServerOrigin,
  type RunningOrigin,
  startRtmpsrv,
} from "../support/origins.ts";
import { ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, rtmpsrv, titleOf } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { describePublishing, type Seat } from "./publishing.ts";

/** How players come to the edge: six transports, two programs. */
const WAYS: readonly (readonly [Scheme, Player])[] = [
  ["rtmp", ffmpegPlayer],
  ["rtmps", ffmpegPlayer],
  ["rtmpt", ffmpegPlayer],
  ["rtmpe", rtmpdumpLivePlayer],
  ["rtmpte", rtmpdumpLivePlayer],
  ["rtmpts", rtmpdumpLivePlayer],
];

const TLS = { maxVersion: "TLSv1.2" };

afterAll(killEveryChild);

for (const { program, start } of [nginxRtmpOrigin, nodeMediaServerOrigin]) {
  const suite = areMissing(program) ? describe.skip : describe;
  suite(`in front of ${titleOf(program)}`, () => {
    let origin: RunningOrigin;
    let edge: HeadgateServer;

    beforeAll(async () => {
      origin = await start();
      const url = `rtmp://127.0.0.1:${origin.port}`;
      edge = await startHeadgate({
        applications: {
          pulled: { pull: `${url}/live`, pullIdle: "2s", resumeWindow: "0s" },
          pushed: { push: [`${url}/live`], resumeWindow: "0s" },
          proxied: { proxy: `${url}/live` },
        },
        listeners: [{ tls: TLS }],
      });
    }, 90_000);

    afterAll(async () => {
      await edge?.stop();
      await origin?.stop();
    });

    const atOrigin = { scheme: "rtmp", by: `at ${program.name}`, port: () => origin.port } as const;
    const atEdge = (application: string) => ({ application, by: application, port: () => edge.port(0) });
    const seats = (application: string): Seat[] =>
      WAYS.map(([scheme, player]) => ({ scheme, player, ...atEdge(application) }));
    const server = (): HeadgateServer => edge;

    describePublishing({
      publisher: ffmpegH264,
      ...atOrigin,
      seats: seats("pulled"),
      endsSilently: true,
      rewritesMetadata: true,
      server,
    });

    describePublishing({
      publisher: ffmpegH264,
      ...{ scheme: "rtmps", ...atEdge("pushed") },
      seats: [ffmpegPlayer, rtmpdumpLivePlayer].map((player) => ({ player, ...atOrigin })),
      from: ["start"],
      endsSilently: true,
      rewritesMetadata: true,
      server,
    });

    describePublishing({
      publisher: ffmpegH264,
      ...{ scheme: "rtmpt", ...atEdge("proxied") },
      seats: seats("proxied"),
      from: ["start"],
      endsSilently: true,
      rewritesMetadata: true,
      server,
    });

    test("nothing is left of relays and sessions that have ended", { timeout: 40_000 }, async () => {
      await vi.waitFor(
        async () => expect(await edge.relays(), edge.log(60)).toEqual({ relays: [], proxiedSessions: 0 }),
        {
          timeout: 30_000,
          interval: 200,
        },
      );
      expect(await edge.metric("headgate_connections")).toBe(0);
    });
  });
}

describe.skipIf(areMissing(rtmpsrv, ffmpeg))(`in front of ${titleOf(rtmpsrv)}`, () => {
  let origin: RunningOrigin;
  let edge: HeadgateServer;

  beforeAll(async () => {
    origin = await startRtmpsrv();
    const url = `rtmp://127.0.0.1:${origin.port}`;
    edge = await startHeadgate({
      applications: {
        pulled: { pull: `${url}/one`, pullIdle: "0s" },
        pushed: { push: `${url}/two`, resumeWindow: "0s" },
        proxied: { proxy: url },
      },
      timeouts: { connect: "2s" },
    });
  }, 30_000);

  afterAll(async () => {
    await edge?.stop();
    await origin?.stop();
  });

  test("it is asked for the stream that somebody plays", async () => {
    const child = new Child("ffmpeg", ["-nostdin", "-i", edge.url("pulled", "cam"), "-f", "null", "-"]);
    await vi.waitFor(
      () => expect(origin.output).toMatch(/rtmpdump -r "rtmp:\/\/127\.0\.0\.1\/one" -a "one" .* -y "cam"/),
      {
        timeout: 10_000,
      },
    );
    await child.stop();
  });

  test("it is sent what is published, and given up when it does not say that it wants it", async () => {
    const child = await ffmpegH264.start(edge.url("pushed", "cam"), edge.file("pushed.flv"));
    await vi.waitFor(
      async () => {
        const [relay] = (await edge.relays()).relays;
        expect(relay).toMatchObject({ kind: "push", lastError: { code: "REQUEST_TIMED_OUT" } });
      },
      { timeout: 10_000 },
    );
    await child.stop();
    await vi.waitFor(async () => expect((await edge.relays()).relays).toEqual([]), { timeout: 10_000 });
  });

  test("it hears the connect object of a session that is passed on as it was said", async () => {
    const child = new Child("ffmpeg", [
      ...["-nostdin", "-rtmp_pageurl", "http://example.org/page", "-rtmp_swfurl", "http://example.org/a.swf"],
      ...["-i", edge.url("proxied", "other"), "-f", "null", "-"],
    ]);
    await vi.waitFor(() => expect(origin.output).toContain("http://example.org/page"), { timeout: 10_000 });
    expect(origin.output).toContain("http://example.org/a.swf");
    await child.stop();
  });
});
