import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AccessClient } from "../support/access-client.ts";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { ffmpeg8Player, ffmpegPlayer, type Player, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, ffmpeg, ffmpeg8, rtmpdump } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { jsonWebToken, nginxSignature } from "../support/signed-credentials.ts";

/** What stands for a stream key, wherever one can be. */
const SECRET = "7hE5eCrEt";

const FILM = [...picture(), ...sound(), "-t", "7", ...h264(), ...audio("aac")];

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    log: { level: "trace", format: "json" },
    applications: { live: { resumeWindow: "0s" } },
    listeners: [{ tls: { maxVersion: "TLSv1.2" } }, { trustedProxies: ["127.0.0.1"] }],
  });
}, 90_000);

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
    // Until everybody else has come, however long a busy machine takes for that.
    const first = `rtmp://127.0.0.1:${server.port(0)}/live/cam?key=${SECRET}`;
    const endless = ["-re", "-stream_loop", "-1", "-i", encoded(FILM), "-c", "copy", "-f", "flv", first];
    const publishing = new Child("ffmpeg", ["-nostdin", "-v", "error", ...endless]);
    const isPublished = () => expect(server.log(Number.POSITIVE_INFINITY)).toContain('"video":"H.264"');
    await vi.waitFor(isPublished, { timeout: 30_000 });
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
    await vi.waitFor(() => expect(server.log(Number.POSITIVE_INFINITY)).toContain('"playing"'), {
      timeout: 30_000,
    });
    expect(publishing.hasExited, publishing.errors).toBe(false);
    for (const child of [publishing, ...playing]) await child.stop();
    const log = server.log(Number.POSITIVE_INFINITY);
    expect(log).not.toContain(SECRET);
    expect(log).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 8));
  },
  120_000,
);

describe("every kind of credentials, right and wrong", () => {
  /** All of them are told apart by what comes before the dash. */
  const KEY = "k3y-7hE5eCrEt";
  const PUSH_KEY = "pu5hk3y-7hE5eCrEt";
  const PASSWORD = "pa55-7hE5eCrEt";
  const URL_SECRET = "ur1-7hE5eCrEt";
  const TOKEN_SECRET = "t0k3n-7hE5eCrEt-of-thirty-two-bytes";
  const HOOK_SECRET = "h00k-7hE5eCrEt";
  const HOOK_PASSWORD = "h00kpa55-7hE5eCrEt";
  const HOOK_KEY = "h00kk3y-7hE5eCrEt";
  const ADMIN_TOKEN = "hgt_4dm1n-7hE5eCrEt";
  const ALL = [
    KEY,
    PUSH_KEY,
    PASSWORD,
    URL_SECRET,
    TOKEN_SECRET,
    HOOK_SECRET,
    HOOK_PASSWORD,
    HOOK_KEY,
    ADMIN_TOKEN,
  ];

  const client = new AccessClient();
  const signatures: string[] = [];
  let hook: Server;
  /** Asks for all of them. */
  let asking: HeadgateServer;
  /** Shows some of them to the other one. */
  let pushing: HeadgateServer;

  beforeAll(async () => {
    hook = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      const { headers } = request;
      signatures.push(String(headers["x-headgate-signature"]), String(headers.authorization));
      response.end(JSON.stringify({ allow: body.includes(`key=${HOOK_KEY}`) }));
    }).listen(0, "127.0.0.1");
    await once(hook, "listening");
    const asked = `me:${HOOK_PASSWORD}@127.0.0.1:${(hook.address() as AddressInfo).port}`;
    const others = { users: "none", jwt: false };
    const log = { level: "trace", format: "json" };
    asking = await startHeadgate({
      log,
      admin: { tokens: [{ name: "ops", hash: hashOf(ADMIN_TOKEN), scopes: ["read", "config"] }] },
      access: { users: { alice: PASSWORD }, jwt: { secret: TOKEN_SECRET } },
      applications: {
        key: { publish: { key: KEY, ...others } },
        user: { publish: { users: "all", jwt: false } },
        parameters: { publish: { users: "all", authmod: "off" } },
        signed: { publish: { signedUrl: { preset: "nginx", secret: URL_SECRET }, ...others } },
        token: { publish: { users: "none" } },
        target: { publish: { key: PUSH_KEY, ...others } },
        hooked: {
          publish: others,
          hooks: [{ url: `http://${asked}/?token=${HOOK_KEY}`, secret: HOOK_SECRET, events: ["publish"] }],
        },
      },
    });
    const at = `127.0.0.1:${asking.port(0)}`;
    pushing = await startHeadgate({
      log,
      applications: {
        pushed: {
          push: [
            `rtmp://${at}/target/{stream}?key=${PUSH_KEY}`,
            `rtmp://${at}/target/other?key=wrong-${PUSH_KEY}`,
            `rtmp://alice:${PASSWORD}@${at}/user/{stream}`,
            `rtmp://alice:wrong-${PASSWORD}@${at}/user/other`,
          ],
        },
      },
    });
  }, 60_000);

  afterAll(async () => {
    hook?.close();
    await Promise.all([pushing?.stop(), asking?.stop()]);
  });

  /** What stands behind the name of a stream, or before the host; and whether it is right. */
  const token = jsonWebToken({ headgate: { publish: ["token/*"] } }, TOKEN_SECRET);
  const forged = jsonWebToken({ headgate: { publish: ["token/*"] } }, `wrong-${TOKEN_SECRET}`);
  const expired = jsonWebToken({ exp: 1, headgate: { publish: ["token/*"] } }, TOKEN_SECRET);
  const SHOWN: readonly (readonly [path: string, isRight: boolean])[] = [
    [`key/cam?key=${KEY}`, true],
    [`key/cam?key=wrong-${KEY}`, false],
    [`key?key=wrong-${KEY}/cam`, false],
    [`parameters/cam?user=alice&pass=${PASSWORD}`, true],
    [`parameters/cam?user=alice&pass=wrong-${PASSWORD}`, false],
    [`signed/cam?${nginxSignature("/signed/cam", URL_SECRET)}`, true],
    [`signed/cam?${nginxSignature("/signed/other", URL_SECRET)}`, false],
    [`token/cam?token=${token}`, true],
    [`token/cam?jwt=${forged}`, false],
    [`token/cam?token=${expired}`, false],
    [`hooked/cam?key=${HOOK_KEY}`, true],
    [`hooked/cam?key=wrong-${HOOK_PASSWORD}`, false],
  ];
  const SCHEMES: readonly Scheme[] = ["rtmp", "rtmps", "rtmpt"];

  test("are in no line of the log at trace", { timeout: 120_000 }, async () => {
    const at = `127.0.0.1:${asking.port(0)}`;
    for (const scheme of SCHEMES) {
      for (const [path, isRight] of SHOWN) {
        const answer = await client.answer("publish", `${scheme}://${at}/${path}`);
        if (isRight) expect([path, answer]).toEqual([path, "granted"]);
        else expect([path, answer]).not.toEqual([path, "granted"]);
      }
      const authmod = (password: string) =>
        client.answer("publish", `${scheme}://alice:${password}@${at}/user/cam`);
      expect(await authmod(PASSWORD)).toBe("granted");
      expect(await authmod(`wrong-${PASSWORD}`)).toContain("authfailed");
    }
    const pushed = await client.ask("publish", pushing.url("pushed", "cam"));
    for (const line of ["relay started", "relay failed"]) {
      await vi.waitFor(() => expect(logs().split(`"msg":"${line}"`).length).toBeGreaterThan(2), {
        timeout: 20_000,
      });
    }
    const ask = (path: string, bearer: string, method = "GET") =>
      fetch(asking.adminUrl(path), { method, headers: { authorization: `Bearer ${bearer}` } });
    for (const path of ["/metrics", `/api/v1/relays?token=${ADMIN_TOKEN}`, "/api/v1/config"]) {
      expect((await ask(path, `wrong-${ADMIN_TOKEN}`)).status).toBe(401);
      await ask(path, ADMIN_TOKEN);
    }
    expect((await ask("/api/v1/reload", ADMIN_TOKEN, "POST")).status).toBe(200);
    pushed.end();

    const said = ["hook refused", "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED", "change asked for"];
    await vi.waitFor(() => expect(said.filter((text) => !logs().includes(text))).toEqual([]));
    const log = logs();
    const shown = SHOWN.flatMap(([path]) => [...path.matchAll(/(?:token|jwt|md5)=([^&]+)/g)]);
    const sent = signatures.flatMap((text) => text.split(/[ =,]/).filter((part) => part.length > 15));
    expect(sent.length).toBeGreaterThan(SCHEMES.length);
    const all = [...ALL, ...shown.flatMap(([, value]) => value!.split(".")), ...sent, "response="];
    for (const secret of all) {
      expect(log.includes(secret), secret).toBe(false);
      expect(log.includes(Buffer.from(secret).toString("base64").slice(0, -4)), `${secret} in base64`).toBe(
        false,
      );
    }
    expect(log).not.toContain("7hE5eCrEt");
  });

  function logs(): string {
    return [asking, pushing].map((server) => server.log(Number.POSITIVE_INFINITY)).join("\n");
  }
});

/** As `headgate token` prints it. */
function hashOf(token: string): string {
  return `sha256:${createHash("sha256").update(token).digest("hex")}`;
}
