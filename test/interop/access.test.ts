import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AccessClient } from "../support/access-client.ts";
import { forwardingProxy, tcpProxy } from "../support/address-proxies.ts";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, ffmpeg, gstreamer } from "../support/programs.ts";
import { SocketPeer } from "../support/socket-peer.ts";

const SCHEMES: readonly Scheme[] = ["rtmp", "rtmpt", "rtmps", "rtmpe", "rtmpte", "rtmpts"];

const STRANGER = "203.0.113.9";
const PASSWORD = "7hE5eCrEt";
/** A user and a password that a URL can only have percent-encoded. */
const [ODD_USER, ODD_PASSWORD] = ["bob@example.com", "p@ss:w/rd? 100%"];
const ACCESS = { users: { alice: PASSWORD, [ODD_USER]: ODD_PASSWORD } };

const APPLICATIONS = {
  keyed: { publish: { key: "p-k3y", users: "none" }, play: { key: "w-k3y" } },
  "keyed/inner": { publish: { key: "i-k3y" }, play: { key: "none" } },
  adobe: { publish: { users: "all" } },
  llnw: { publish: { users: "all", authmod: "llnw" } },
  "*": { publish: { users: "none" } },
};

/** What ffmpeg publishes, without the URL. */
const SECOND = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=10", "-t", "1", "-c:v", "flv", "-f", "flv"];

const client = new AccessClient();

let server: HeadgateServer;
let workers: HeadgateServer;

beforeAll(async () => {
  const config = { access: ACCESS, applications: APPLICATIONS };
  [server, workers] = await Promise.all([
    startHeadgate({
      ...config,
      log: { level: "trace", format: "json" },
      listeners: [{}, { trustedProxies: ["127.0.0.1"] }],
    }),
    startHeadgate({ ...config, workers: 2 }),
  ]);
}, 60_000);

afterAll(async () => {
  try {
    await server?.stop();
    await workers?.stop();
  } finally {
    await killEveryChild();
  }
});

describe.each(SCHEMES)("over %s", (scheme) => {
  const url = (path: string, port: number) => `${scheme}://127.0.0.1:${port}/${path}`;

  test("a key lets publish and another one lets play", async () => {
    const port = server.port(0);
    const publish = (query: string) => client.answer("publish", url(`keyed/${scheme}${query}`, port));
    const play = (query: string) => client.answer("play", url(`keyed/${scheme}${query}`, port));
    expect(await publish("")).toContain("needs ?key=KEY behind the stream's name");
    expect(await publish("?key=w-k3y")).toContain("The key, password, signature or token is wrong");
    expect(await publish("?key=p-k3y")).toBe("granted");
    expect(await play("?key=p-k3y")).toContain("is wrong");
    expect(await play("?key=w-k3y")).toBe("granted");
  });

  test("a client's own address counts, which a trusted proxy tells", async () => {
    const proxy = await tcpProxy(server.port(1), STRANGER);
    try {
      const stream = `open/${scheme}-proxied`;
      expect(await client.answer("publish", url(stream, server.port(1)))).toBe("granted");
      expect(await client.answer("publish", url(stream, proxy.port))).toContain("only its own network");
      expect(await client.answer("play", url(stream, proxy.port))).toBe("granted");
    } finally {
      proxy.close();
    }
  });
});

test("a client's own address counts, which an HTTP proxy in front of tunnels tells", async () => {
  const proxy = await forwardingProxy(server.port(1), STRANGER);
  try {
    const url = `rtmpt://127.0.0.1:${proxy.port}/open/tunnel`;
    expect(await client.answer("publish", url)).toContain("only its own network");
    expect(await client.answer("play", url)).toBe("granted");
  } finally {
    proxy.close();
  }
});

test.each([
  ["keyed", "inner/cam"],
  ["keyed/inner", "cam"],
  ["", "keyed/inner/cam"],
  ["keyed/_definst_", "inner/cam"],
  ["/keyed//inner/", "/cam/"],
  ["open", "../keyed/inner/cam"],
  ["keyed?key=p-k3y", "inner/cam?x=1"],
])("no spelling of a stream leads around its key: %j and %j", async (application, name) => {
  const ask = async (key: string): Promise<string> => {
    const peer = SocketPeer.dial(server.port(0));
    const answers: string[] = [];
    peer.onCommand = ([command, , , info]) => {
      if (command === "onStatus") answers.push((info as { code: string }).code);
    };
    peer.connect(application);
    peer.publish(`${name}${name.includes("?") ? "&" : "?"}key=${key}`);
    await expect.poll(() => answers.length + Number(peer.isClosed)).toBeGreaterThan(0);
    peer.close();
    return answers[0] ?? "closed";
  };
  expect(await ask("p-k3y")).not.toBe("NetStream.Publish.Start");
  const isPath = !name.startsWith("..");
  expect(await ask("i-k3y")).toBe(isPath ? "NetStream.Publish.Start" : "NetStream.Publish.BadName");
});

test("workers ask for keys, each of them, and not each other", async () => {
  const url = (path: string) => `rtmp://127.0.0.1:${workers.port(0)}/${path}`;
  const { answer, end } = await client.ask("publish", url("keyed/cam?key=p-k3y"));
  expect(answer).toBe("granted");
  for (let attempt = 0; attempt < 4; attempt += 1) {
    expect(await client.answer("publish", url("keyed/other"))).toContain("needs ?key=KEY");
    expect(await client.answer("play", url("keyed/cam"))).toContain("needs ?key=KEY");
    expect(await client.answer("play", url("keyed/cam?key=w-k3y"))).toBe("granted");
  }
  end();
});

describe("a user and a password by authmod", () => {
  test.each(["adobe", "llnw"])(
    "%s, of which each connection may reach another worker",
    async (application) => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const url = (password: string) =>
          `rtmp://alice:${password}@127.0.0.1:${workers.port(0)}/${application}/${attempt}`;
        expect(await client.answer("publish", url(PASSWORD))).toBe("granted");
        expect(await client.answer("publish", url("wrong"))).toContain("reason=authfailed");
      }
    },
  );

  test.skipIf(areMissing(ffmpeg)).each(["adobe", "llnw"])("%s, with ffmpeg", async (application) => {
    const publish = (userInfo: string) => {
      const url = `rtmp://${userInfo}127.0.0.1:${server.port(0)}/${application}/ffmpeg`;
      return new Child("ffmpeg", ["-nostdin", "-v", "error", ...SECOND, url]).end(20_000);
    };
    const [right, wrong, none] = await Promise.all([
      publish(`alice:${PASSWORD}@`),
      publish("alice:wrong@"),
      publish(""),
    ]);
    expect(right.code).toBe(0);
    for (const { code } of [wrong, none]) expect(code).not.toBe(0);
    expect(server.log(Number.POSITIVE_INFINITY)).toContain('"identity":"alice"');
  });

  test.skipIf(areMissing(ffmpeg)).each(["adobe", "llnw"])(
    "%s, with ffmpeg, whose URL has them percent-encoded",
    async (application) => {
      const publish = (password: string) => {
        const userInfo = [ODD_USER, password].map(encodeURIComponent).join(":");
        const url = `rtmp://${userInfo}@127.0.0.1:${server.port(0)}/${application}/odd`;
        return new Child("ffmpeg", ["-nostdin", "-v", "error", ...SECOND, url]).end(20_000);
      };
      expect((await publish(ODD_PASSWORD)).code).toBe(0);
      expect((await publish("p@ss")).code).not.toBe(0);
      expect(server.log(Number.POSITIVE_INFINITY)).toContain(`"identity":"${ODD_USER}"`);
    },
  );

  test.skipIf(areMissing(gstreamer))("adobe, with GStreamer", async () => {
    const publish = (password: string) => {
      const url = `rtmp://127.0.0.1:${server.port(0)}/adobe/${password.length}`;
      const sink = ["rtmp2sink", `location=${url}`, "username=alice", `password=${password}`];
      const source = [
        "videotestsrc",
        "num-buffers=5",
        "!",
        "x264enc",
        "tune=zerolatency",
        "!",
        "flvmux",
        "streamable=true",
      ];
      return new Child("gst-launch-1.0", ["-q", ...source, "!", ...sink]).end(20_000);
    };
    const [right, wrong] = await Promise.all([publish(PASSWORD), publish("wrong")]);
    expect(right.code).toBe(0);
    expect(wrong.code).not.toBe(0);
    await expect.poll(() => server.log(200)).toContain(`"stream":"adobe/${PASSWORD.length}"`);
  });
});

describe.skipIf(areMissing(ffmpeg))("in front of a server with users of its own", () => {
  let edge: HeadgateServer;

  beforeAll(async () => {
    const proxy = `rtmp://127.0.0.1:${server.port(0)}`;
    edge = await startHeadgate({
      access: { users: { bob: "of-the-edge" } },
      applications: { "*": { proxy } },
    });
  }, 60_000);

  afterAll(() => edge?.stop());

  test.each([
    ["adobe", `alice:${PASSWORD}@`, 0],
    ["llnw", `alice:${PASSWORD}@`, 0],
    ["adobe", "bob:of-the-edge@", 1],
    ["open", "", 0],
  ])("ffmpeg publishes to %s as %j if that server lets it", async (application, userInfo, code) => {
    const url = `rtmp://${userInfo}127.0.0.1:${edge.port(0)}/${application}/through-${application}`;
    const child = new Child("ffmpeg", ["-nostdin", "-v", "error", ...SECOND, url]);
    expect((await child.end(20_000)).code, child.errors).toBe(code);
  });
});

test("no key and no password is in any line of the log", () => {
  const log = server.log(Number.POSITIVE_INFINITY);
  expect(log).toContain("CREDENTIALS_INVALID");
  for (const secret of ["p-k3y", "w-k3y", "i-k3y", PASSWORD, ODD_PASSWORD]) expect(log).not.toContain(secret);
});
