import { createHash } from "node:crypto";
import { freePort } from "@headgate/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer, rtmpdumpLivePlayer } from "../support/players.ts";
import { areMissing, squid } from "../support/programs.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { grant, listenForPeers, SocketPeer } from "../support/socket-peer.ts";
import { type RunningProxy, startSquid } from "./proxies.ts";
import { describePublishing } from "./publishing.ts";

const SCHEMES: readonly Scheme[] = ["rtmp", "rtmps", "rtmpt", "rtmpts", "rtmpe", "rtmpte"];

/** One port of the server behind takes PROXY headers, which on it everybody must send. */
const PLAIN = 0;
const BEHIND_PROXY = 1;

let behind: HeadgateServer;
let edge: HeadgateServer;

beforeAll(async () => {
  behind = await startHeadgate({
    applications: { "*": { resumeWindow: "0s" } },
    listeners: [{}, { trustedProxies: ["127.0.0.1"] }],
  });
  const at = (scheme: Scheme): string => `${scheme}://127.0.0.1:${behind.port(PLAIN)}`;
  const pulls = SCHEMES.map((scheme) => [
    `pull-${scheme}`,
    { pull: `${at(scheme)}/live`, resumeWindow: "0s" },
  ]);
  const proxies = SCHEMES.map((scheme) => [`proxy-${scheme}`, { proxy: `${at(scheme)}/live` }]);
  edge = await startHeadgate({
    outward: { insecure: true },
    applications: {
      ...Object.fromEntries([...pulls, ...proxies]),
      live: {
        push: SCHEMES.map((scheme) => `${at(scheme)}/by-${scheme}/{stream}`),
        resumeWindow: "0s",
      },
      told: { proxy: `rtmp://127.0.0.1:${behind.port(BEHIND_PROXY)}/live`, proxyProtocol: true },
    },
  });
}, 90_000);

afterAll(async () => {
  await edge?.stop();
  await behind?.stop().finally(killEveryChild);
});

describe("Headgate in front of Headgate", () => {
  const by = (scheme: Scheme): string => `through ${scheme}`;

  describePublishing({
    publisher: ffmpegH264,
    ...{ scheme: "rtmp", by: "behind it", port: () => behind.port(PLAIN) },
    seats: SCHEMES.flatMap((scheme) =>
      (["pull", "proxy"] as const).map((way) => ({
        player: rtmpdumpLivePlayer,
        ...{ scheme: "rtmp" as const, by: `${way} ${by(scheme)}`, application: `${way}-${scheme}` },
        port: () => edge.port(0),
      })),
    ),
    server: () => edge,
  });

  describePublishing({
    publisher: ffmpegH264,
    ...{ scheme: "rtmp", by: "before it", port: () => edge.port(0) },
    seats: SCHEMES.map((scheme) => ({
      player: ffmpegPlayer,
      ...{ scheme: "rtmp", by: `pushed ${by(scheme)}`, application: `by-${scheme}` },
      port: () => behind.port(PLAIN),
    })),
    from: ["start"],
    server: () => edge,
  });

  test("the server behind is told whose session it is", async () => {
    const client = SocketPeer.dial(edge.port(0));
    client.connect("told");
    await vi.waitFor(() => expect(client.commands.length).toBeGreaterThan(0), { timeout: 10_000 });
    const { localPort } = client.socket;
    await vi.waitFor(() => expect(behind.log(200)).toContain(`"remotePort":${localPort},`), {
      timeout: 10_000,
    });
    client.close();
  });
});

describe.skipIf(areMissing(squid))("through squid", () => {
  let proxy: RunningProxy;
  let inside: HeadgateServer;

  beforeAll(async () => {
    proxy = await startSquid();
    const at = (scheme: Scheme): string => `${scheme}://127.0.0.1:${behind.port(PLAIN)}`;
    inside = await startHeadgate(
      {
        outward: { insecure: true },
        applications: {
          live: {
            push: (["rtmpt", "rtmpts", "rtmps"] as const).map(
              (scheme) => `${at(scheme)}/squid-${scheme}/{stream}`,
            ),
            resumeWindow: "0s",
          },
        },
      },
      { http_proxy: `http://127.0.0.1:${proxy.port}` },
    );
  }, 30_000);

  afterAll(async () => {
    await inside?.stop();
    await proxy?.stop();
  });

  describePublishing({
    publisher: ffmpegH264,
    ...{ scheme: "rtmp", by: "inside", port: () => inside.port(0) },
    seats: (["rtmpt", "rtmpts", "rtmps"] as const).map((scheme) => ({
      player: ffmpegPlayer,
      ...{ scheme: "rtmp", by: `pushed through ${scheme}`, application: `squid-${scheme}` },
      port: () => behind.port(PLAIN),
    })),
    from: ["start"],
    server: () => inside,
  });
});

describe("a server that asks for user and password", () => {
  const USER = { salt: "c2FsdA==", challenge: "Y2hhbA==", opaque: "b3BhcQ==" };
  const md5 = (text: string): string => createHash("md5").update(text).digest("base64");

  test("gets the answer of authmod=adobe, and no secret is in the log", { timeout: 30_000 }, async () => {
    const port = await freePort();
    const apps: string[] = [];
    const { stop } = await listenForPeers(port, (peer) => {
      grant(peer);
      const onward = peer.onCommand;
      peer.onCommand = (command) => {
        if (command[0] !== "connect") return onward(command);
        const { app } = command[2] as { readonly app: string };
        apps.push(app);
        const query = new URLSearchParams(app.split("?")[1]?.replaceAll("+", "%2B"));
        const expected = md5(`${md5(`me${USER.salt}s3cret`)}${USER.opaque}${query.get("challenge")}`);
        if (query.get("response") === expected) return onward(command);
        const description = query.has("user")
          ? `[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=me&salt=${USER.salt}&challenge=${USER.challenge}&opaque=${USER.opaque}`
          : "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
        const info = { level: "error", code: "NetConnection.Connect.Rejected", description };
        peer.command(0, "_error", 1, null, info);
      };
    });
    const server = await startHeadgate({
      applications: { live: { push: `rtmp://me:s3cret@127.0.0.1:${port}/app/{key}`, resumeWindow: "0s" } },
      log: { level: "trace", format: "json" },
    });
    const publisher = SocketPeer.dial(server.port(0));
    publisher.connect("live");
    publisher.publish("cam?token=t0ken");
    await vi.waitFor(async () => expect((await server.relays()).relays[0]?.state).toBe("running"), {
      timeout: 10_000,
    });
    expect(apps.map((app) => app.split("&")[0])).toEqual(["app", "app?authmod=adobe", "app?authmod=adobe"]);
    expect(JSON.stringify(await server.relays())).not.toMatch(/s3cret|t0ken/);
    publisher.close();
    await vi.waitFor(async () => expect((await server.relays()).relays).toEqual([]), { timeout: 10_000 });
    expect(server.log(1000)).not.toMatch(/s3cret|t0ken|response=/);
    await server.stop();
    await stop();
  });
});
