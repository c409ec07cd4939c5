import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { ffmpeg8Player, ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffmpeg8, rtmpdump } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";

/** What stands for a stream key, wherever one can be. */
const SECRET = "7hE5eCrEt";

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    log: { level: "trace", format: "json" },
    applications: { live: { resumeWindow: "0s" } },
    listeners: [{ tls: { maxVersion: "TLSv1.2" } }, { trustedProxies: ["127.0.0.1"] }],
  });
}, 30_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

const PLAYERS: readonly (readonly [scheme: Scheme, player: Player])[] = [
  ["rtmp", ffmpegPlayer],
  ["rtmpt", ffmpegPlayer],
  ["rtmps", ffmpegPlayer],
  ["rtmpts", ffmpegPlayer],
  ["rtmpe", rtmpdumpLivePlayer],
  ["rtmpte", ffmpeg8Player],
];

/** With the secret in the query of the stream, of the application, or as a user's password. */
function urlsOf(scheme: Scheme): readonly string[] {
  const at = `127.0.0.1:${server.port(0)}`;
  return [
    `${scheme}://${at}/live/cam?key=${SECRET}`,
    `${scheme}://${at}/live?key=${SECRET}/cam`,
    `${scheme}://${at}/none?key=${SECRET}/cam?key=${SECRET}`,
    `${scheme}://user:${SECRET}@${at}/live/cam`,
  ];
}

/** What somebody might say who means it well, and somebody who does not; the end is the server's. */
const REQUESTS: readonly string[] = [
  `GET /live/cam?key=${SECRET} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  `GET /healthz?key=${SECRET} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${SECRET}\r\nConnection: close\r\n\r\n`,
  `POST /open/1?key=${SECRET} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${SECRET}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  `POST /idle/${SECRET}/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  `GET /${SECRET} HTTP/9.9\r\n\r\n`,
  `PROXY TCP4 ${SECRET} 192.0.2.2 1 2\r\n\x03`,
  `PROXY ${SECRET} 192.0.2.1 192.0.2.2 1 2\r\n\x03`,
];

test.skipIf(areMissing(ffmpeg, ffmpeg8, rtmpdump))(
  "no secret is in any line of the log, at any level, over any transport",
  async () => {
    const publishing = await ffmpegH264.start(
      `rtmp://127.0.0.1:${server.port(0)}/live/cam?key=${SECRET}`,
      server.file("cam.flv"),
    );
    const playing: Child[] = [];
    for (const [scheme, player] of PLAYERS) {
      for (const [index, url] of urlsOf(scheme).entries()) {
        playing.push(player.start(url, server.file(`${scheme}-${index}`)));
      }
    }
    // Refused, because there is one already, and because there is no such application.
    for (const url of urlsOf("rtmp")) {
      const second = await ffmpegH264.start(url, server.file("second.flv"));
      expect((await second.end(30_000)).code).not.toBe(0);
    }
    for (const [index, request] of REQUESTS.entries()) {
      const port = server.port(index < 5 ? 0 : 1);
      const sockets = [
        connect(port, "127.0.0.1"),
        connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }),
      ];
      for (const socket of sockets) {
        socket.on("error", () => {}).resume();
        socket.write(request);
        if (!socket.closed) await once(socket, "close");
      }
    }
    await publishing.end(30_000);
    for (const child of playing) await child.stop();
    const log = server.log(Number.POSITIVE_INFINITY);
    expect(log).toContain('"playing"');
    expect(log).not.toContain(SECRET);
    expect(log).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 8));
  },
  120_000,
);
