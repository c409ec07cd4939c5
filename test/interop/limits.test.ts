import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AccessClient } from "../support/access-client.ts";
import { forwardingProxy, tcpProxy } from "../support/address-proxies.ts";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { AV1, encoded, VP9 } from "../support/media.ts";
import { areMissing, FFMPEG8_SCRIPT, ffmpeg, ffmpeg8 } from "../support/programs.ts";
import { SocketPeer } from "../support/socket-peer.ts";

const SCHEMES: readonly Scheme[] = ["rtmp", "rtmpt", "rtmps", "rtmpe", "rtmpte", "rtmpts"];
const BANNED = "203.0.113.9";
const ALL_MAY = { publish: { allow: "all" } };

const client = new AccessClient();

let server: HeadgateServer;
let workers: HeadgateServer;

beforeAll(async () => {
  [server, workers] = await Promise.all([
    startHeadgate({
      listeners: [{}, { trustedProxies: ["127.0.0.1"] }],
      access: { limits: [{ streams: "each/*", each: "stream", play: { maxViewers: 1 } }] },
      applications: {
        "*": ALL_MAY,
        one: { ...ALL_MAY, play: { maxViewers: 1 } },
        codecs: { publish: { videoCodecs: ["H264"] } },
        small: { publish: { maxResolution: "320x240" } },
        slow: { publish: { maxBitrate: "50k" } },
        short: { publish: { maxDuration: "3s" }, play: { maxDuration: "3s" } },
      },
    }),
    startHeadgate({
      workers: 2,
      applications: {
        "*": ALL_MAY,
        counted: { maxConnections: 6, publish: { maxPublishers: 2 }, play: { maxViewers: 3 } },
      },
    }),
  ]);
}, 90_000);

afterAll(async () => {
  try {
    await server?.stop();
    await workers?.stop();
  } finally {
    await killEveryChild();
  }
});

type Body = Readonly<Record<string, unknown>>;

async function api(of: HeadgateServer, method: string, path: string, body?: Body) {
  const reply = await fetch(of.adminUrl(`/api/v1${path}`), {
    method,
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return (await reply.json()) as {
    readonly code: number;
    readonly ban: { id: string };
    readonly bans: object[];
  };
}

/** Bans for as long as the work takes. */
async function whileBanned(of: HeadgateServer, body: Body, work: () => Promise<void>): Promise<void> {
  const { ban } = await api(of, "POST", "/bans", body);
  try {
    await work();
  } finally {
    expect((await api(of, "DELETE", `/bans/${ban.id}`)).code).toBe(0);
  }
}

describe.each(SCHEMES)("over %s", (scheme) => {
  const url = (path: string, port = server.port(0)) => `${scheme}://127.0.0.1:${port}/${path}`;

  test("one viewer is let in, and another one when that is gone", async () => {
    const first = await client.ask("play", url(`each/${scheme}`));
    expect(first.answer).toBe("granted");
    expect(await client.answer("play", url(`each/${scheme}`))).toContain("too many viewers");
    expect(await client.answer("play", url(`each/other-${scheme}`))).toBe("granted");
    first.end();
    await expect
      .poll(() => client.answer("play", url(`each/${scheme}`)), { timeout: 20_000 })
      .toBe("granted");
  });

  test("a client's own address is banned, which a trusted proxy tells", async () => {
    const proxy = await tcpProxy(server.port(1), BANNED);
    try {
      await whileBanned(server, { address: "203.0.113.0/24", seconds: 600 }, async () => {
        expect(await client.answer("publish", url(`any/${scheme}`, proxy.port))).toContain("banned");
        expect(await client.answer("publish", url(`any/${scheme}`, server.port(1)))).toBe("granted");
      });
      expect(await client.answer("publish", url(`any/${scheme}-2`, proxy.port))).toBe("granted");
    } finally {
      proxy.close();
    }
  });
});

test("a client's own address is banned, which an HTTP proxy in front of tunnels tells", async () => {
  const proxy = await forwardingProxy(server.port(1), BANNED);
  try {
    const url = `rtmpt://127.0.0.1:${proxy.port}/any/tunnel`;
    await whileBanned(server, { address: BANNED }, async () => {
      expect(await client.answer("publish", url)).toContain("banned");
    });
    expect(await client.answer("publish", url)).toBe("granted");
  } finally {
    proxy.close();
  }
});

test.each([
  ["one", "inner/cam"],
  ["one/inner", "cam"],
  ["", "one/inner/cam"],
  ["one/_definst_", "inner/cam"],
  ["/one//inner/", "/cam/"],
  ["one?x=1", "inner/cam?y=2"],
])("no spelling of a stream leads around its limits and its ban: %j and %j", async (application, name) => {
  const ask = async (): Promise<string> => {
    const peer = SocketPeer.dial(server.port(0));
    const answers: string[] = [];
    peer.onCommand = ([command, , , info]) => {
      if (command === "onStatus") answers.push((info as { code: string }).code);
    };
    peer.connect(application);
    peer.play(name);
    await expect.poll(() => answers.length + Number(peer.isClosed), { timeout: 10_000 }).toBeGreaterThan(0);
    peer.close();
    return answers[0] ?? "closed";
  };
  const { answer, end } = await client.ask("play", `rtmp://127.0.0.1:${server.port(0)}/one/other`);
  expect(answer).toBe("granted");
  expect(await ask()).toBe("NetStream.Play.Failed");
  end();
  await expect.poll(ask, { timeout: 20_000 }).toMatch(/^NetStream.Play.(Reset|Start)$/);
  await whileBanned(server, { stream: "one/inner/*" }, async () => {
    await expect.poll(ask, { timeout: 20_000 }).toBe("NetStream.Play.Failed");
    expect(server.log()).toContain("BANNED");
  });
});

const PICTURES = (size: string) => ["-re", "-f", "lavfi", "-i", `testsrc=size=${size}:rate=10`, "-t", "60"];
const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10"];

/** Resolves when ffmpeg has ended, which is long before it has sent everything. */
function publishing(url: string, size: string, encoding: readonly string[]) {
  const child = new Child("ffmpeg", [
    "-nostdin",
    "-v",
    "error",
    ...PICTURES(size),
    ...encoding,
    "-f",
    "flv",
    url,
  ]);
  return { child, ended: child.end(50_000) };
}

const suite = areMissing(ffmpeg) ? describe.skip : describe.concurrent;
suite.each(["rtmp", "rtmps", "rtmpt"] as const)("ffmpeg over %s", (scheme) => {
  test.each<[string, string, readonly string[], string]>([
    ["codecs", "320x240", ["-c:v", "flv"], "CODEC_DENIED"],
    ["small", "640x480", H264, "RESOLUTION_EXCEEDED"],
    ["slow", "640x480", [...H264, "-b:v", "500k"], "BITRATE_EXCEEDED"],
    ["short", "320x240", H264, "DURATION_EXCEEDED"],
  ])("%s: %s by %j is ended, and the reason is in the log", async (application, size, encoding, reason) => {
    const { ended } = publishing(
      `${scheme}://127.0.0.1:${server.port(0)}/${application}/${scheme}`,
      size,
      encoding,
    );
    const { code, signal } = await ended;
    expect([code === 0, signal]).toEqual([false, undefined]);
    const line = server
      .log(Number.POSITIVE_INFINITY)
      .split("\n")
      .find((each) => each.includes(`"stream":"${application}/${scheme}"`) && each.includes("publish ended"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ reason, msg: "publish ended" });
    expect(await server.metric(`headgate_refusals_total\\{code="${reason}"\\}`)).toBeGreaterThan(0);
  });

  test("within its limits it goes on until it is banned", async () => {
    const path = `small/${scheme}-within`;
    const { child, ended } = publishing(`${scheme}://127.0.0.1:${server.port(0)}/${path}`, "320x240", H264);
    await expect
      .poll(() => server.log(200), { timeout: 20_000 })
      .toContain(`"stream":"${path}","video":"H.264"`);
    expect(child.hasExited).toBe(false);
    await whileBanned(server, { stream: path }, async () => {
      expect((await ended).code).not.toBe(0);
    });
  });
});

const HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=10"];

/** A file of ten seconds. */
function filmed(size: string, encoding: readonly string[]): string {
  return encoded(
    ["-f", "lavfi", "-i", `testsrc=size=${size}:rate=10`, "-t", "10", "-pix_fmt", "yuv420p", ...encoding],
    "mp4",
  );
}

const enhanced = areMissing(ffmpeg, ffmpeg8) ? describe.skip : describe.concurrent;
enhanced.each<[string, readonly string[]]>([
  ["HEVC", HEVC],
  ["AV1", [...AV1, "-g", "10"]],
  ["VP9", [...VP9, "-g", "10"]],
])("FFmpeg 8 that publishes %s without metadata", (codec, encoding) => {
  const publishing = (name: string, size: string): Child => {
    const target = `rtmp://127.0.0.1:${server.port(0)}/small/${name}`;
    return new Child(process.execPath, [FFMPEG8_SCRIPT, "publish-bare", filmed(size, encoding), target]);
  };

  test("is ended if its pictures are too large", async () => {
    const name = `${codec}-large`;
    const child = publishing(name, "322x242");
    expect((await child.end(50_000)).code, child.errors).not.toBe(0);
    const line = server
      .log(Number.POSITIVE_INFINITY)
      .split("\n")
      .find((each) => each.includes(`"stream":"small/${name}"`) && each.includes("publish ended"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ reason: "RESOLUTION_EXCEEDED" });
  }, 60_000);

  test("goes on with smaller ones, whose size the API tells", async () => {
    const name = `${codec}-small`;
    const child = publishing(name, "318x182");
    const video = async () => {
      const reply = await fetch(server.adminUrl(`/api/v1/streams/small/${name}`));
      return ((await reply.json()) as { readonly stream?: { readonly video: unknown } }).stream?.video;
    };
    await expect.poll(video, { timeout: 40_000 }).toMatchObject({ codec, width: 318, height: 182 });
    expect((await child.end(50_000)).code, child.errors).toBe(0);
  }, 60_000);
});

describe("between workers", () => {
  const url = (path: string) => `rtmp://127.0.0.1:${workers.port(0)}/${path}`;

  test("viewers count together, and those of a worker that dies count no more", async () => {
    const ask = () => client.ask("play", url("counted/cam"));
    const asked = await Promise.all(Array.from({ length: 6 }, ask));
    const granted = asked.filter(({ answer }) => answer === "granted");
    expect(granted).toHaveLength(3);
    for (const { answer } of asked.filter((one) => !granted.includes(one)))
      expect(answer).toMatch(/too many viewers|Too many connections/i);
    granted[0]!.end();
    await expect.poll(() => client.answer("play", url("counted/cam")), { timeout: 20_000 }).toBe("granted");
    for (const pid of workers.workerPids) process.kill(pid, "SIGKILL");
    await expect
      .poll(async () => (await fetch(workers.adminUrl("/api/v1/clients"))).ok && workers.workerPids.length, {
        timeout: 20_000,
      })
      .toBe(2);
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    await expect
      .poll(
        async () => {
          const one = await ask();
          if (one.answer === "granted") answers.push(one);
          return answers.length;
        },
        { timeout: 30_000 },
      )
      .toBe(3);
    expect((await ask()).answer).toContain("too many viewers");
    for (const { end } of answers) end();
  });

  test("publishers count together, each stream once", async () => {
    const asked = await Promise.all(
      ["a", "b", "c", "d"].map((name) => client.ask("publish", url(`counted/${name}`))),
    );
    expect(asked.filter(({ answer }) => answer === "granted")).toHaveLength(2);
    for (const { end } of asked) end();
    const again = async () => {
      const one = await client.ask("publish", url("counted/e"));
      one.end();
      return one.answer;
    };
    await expect.poll(again, { timeout: 20_000 }).toBe("granted");
  });

  test("a ban holds in all of them, and ends what is going on in each", async () => {
    const playing = await Promise.all(Array.from({ length: 4 }, () => client.ask("play", url("any/barred"))));
    expect(playing.map(({ answer }) => answer)).toEqual(Array(4).fill("granted"));
    await whileBanned(workers, { address: "127.0.0.1", stream: "any/*", reason: "test" }, async () => {
      const clients = async () =>
        (
          (await (await fetch(workers.adminUrl("/api/v1/clients"))).json()) as {
            clients: { stream: string }[];
          }
        ).clients;
      await expect
        .poll(async () => (await clients()).filter(({ stream }) => stream === "any/barred").length, {
          timeout: 20_000,
        })
        .toBe(0);
      for (let attempt = 0; attempt < 4; attempt += 1)
        expect(await client.answer("play", url("any/barred"))).toContain("banned");
      expect((await api(workers, "GET", "/bans")).bans).toMatchObject([{ stream: "any/*", reason: "test" }]);
    });
    await expect.poll(() => client.answer("play", url("any/barred")), { timeout: 20_000 }).toBe("granted");
    for (const { end } of playing) end();
  });
});
