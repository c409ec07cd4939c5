import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, haproxy, nginx, type Program, squid, tinyproxy, titleOf } from "../support/programs.ts";
import { ffmpegMinute } from "../support/publishers.ts";
import {
  HAPROXY_ADDRESS,
  type RunningProxy,
  startHttpHaproxy,
  startKeepAliveNginx,
  startNginx,
  startSquid,
  startTcpHaproxy,
  startTinyproxy,
} from "./proxies.ts";
import { describePublishing, type Seat, type Way } from "./publishing.ts";

/** The positions of the listeners: one that believes PROXY headers, and must not have them from everybody. */
const PLAIN = 0;
const BEHIND_HAPROXY = 1;

/** All of them: a minute of media costs little. */
const MINUTES_AT_ONCE = 8;

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    applications: { "*": { resumeWindow: "0s" } },
    listeners: [
      { tls: { maxVersion: "TLSv1.2" } },
      { tls: { maxVersion: "TLSv1.2" }, trustedProxies: [HAPROXY_ADDRESS] },
    ],
  });
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

/** Tests with a proxy that stands while they run. */
function through(
  program: Program,
  how: string,
  startProxy: () => Promise<RunningProxy>,
  describeTests: (proxyPort: () => number) => void,
): void {
  // All proxies at once, or this would take as many minutes as there are.
  const suite = areMissing(program) ? describe.skip : describe.concurrent;
  suite(`through ${titleOf(program)} ${how}`, () => {
    let proxy: RunningProxy;
    beforeAll(async () => {
      proxy = await startProxy();
    }, 90_000);
    afterAll(async () => {
      await proxy?.stop();
    });
    describeTests(() => proxy.port);
  });
}

/** A minute of publishing and of playing, all of it the same way. */
function aMinute(seats: readonly Seat[], way: Way): void {
  describePublishing({
    publisher: ffmpegMinute,
    ...way,
    seats,
    from: ["start"],
    atOnce: MINUTES_AT_ONCE,
    server: () => server,
  });
}

const reverseProxies = [
  [nginx, "as a reverse proxy with its defaults", () => startNginx(server.port(PLAIN))],
  [nginx, "as a reverse proxy that keeps connections", () => startKeepAliveNginx(server.port(PLAIN))],
  [haproxy, "in mode http", () => startHttpHaproxy(server.port(PLAIN))],
] as const;

for (const [program, how, startProxy] of reverseProxies) {
  through(program, how, startProxy, (port) => {
    const way = { scheme: "rtmpt", by: `through ${program.name} ${how}`, port } as const;
    aMinute(
      [ffmpegPlayer, rtmpdumpLivePlayer].map((player) => ({ player, ...way })),
      way,
    );
  });
}

for (const version of [1, 2] as const) {
  const how = `in mode tcp with PROXY v${version}`;
  through(
    haproxy,
    how,
    () => startTcpHaproxy(server.port(BEHIND_HAPROXY), version),
    (port) => {
      const by = `through haproxy ${how}`;
      aMinute(
        [
          { player: ffmpegPlayer, scheme: "rtmp", by, port },
          { player: ffmpegPlayer, scheme: "rtmpt", by, port },
          { player: rtmpdumpLivePlayer, scheme: "rtmpe", by, port },
          { player: rtmpdumpLivePlayer, scheme: "rtmpts", by, port },
        ],
        { scheme: version === 1 ? "rtmp" : "rtmps", by, port },
      );
    },
  );
}

/** ffmpeg finds its proxy in a variable: it sends tunnels there as they are, and TLS through CONNECT. */
const asVariable = (proxyPort: () => number) => () => ({ http_proxy: `http://127.0.0.1:${proxyPort()}` });

through(squid, "as ffmpeg's http_proxy", startSquid, (proxyPort) => {
  const port = () => server.port(PLAIN);
  const way = { by: "through squid", port, environment: asVariable(proxyPort) };
  const seats = (["rtmpt", "rtmps"] as const).map((scheme) => ({ player: ffmpegPlayer, scheme, ...way }));
  aMinute(seats, { scheme: "rtmpt", ...way });
});

through(tinyproxy, "as ffmpeg's http_proxy", startTinyproxy, (proxyPort) => {
  const port = () => server.port(PLAIN);
  const way = { scheme: "rtmps", by: "through tinyproxy", port, environment: asVariable(proxyPort) } as const;
  // Publishing is what ffmpeg cannot do through CONNECT, whichever the proxy: it looks for messages of the server without
  // wanting to wait for them, and waits all the same (libavformat/httpproxy.c passes the flag for that on to nobody).
  aMinute([{ player: ffmpegPlayer, ...way }], { scheme: "rtmps", by: "to play it through tinyproxy", port });

  test("RTMPT cannot work: it ends the connection after each reply, and ffmpeg asks only over one", async () => {
    const url = `rtmpt://127.0.0.1:${port()}/live/none`;
    const child = ffmpegPlayer.start(url, server.file("through-tinyproxy"), way.environment());
    const { code } = await child.end(30_000);
    expect(code).not.toBe(0);
    expect(child.errors).toContain("Cannot read RTMP handshake response");
  });
});

describe.skipIf(areMissing(haproxy))("behind haproxy in mode tcp", () => {
  test("sessions are logged with the client's address, and none with haproxy's", () => {
    const sessions = server
      .log(100_000)
      .split("\n")
      .filter((line) => line.includes('"session started"'))
      .map((line) => JSON.parse(line).remoteAddress);
    expect(sessions.length).toBeGreaterThan(0);
    expect(new Set(sessions)).toEqual(new Set(["127.0.0.1"]));
  });
});
