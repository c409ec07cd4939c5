import { createHash } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Message, MessageType } from "@headgate/message";
import { freePort, Random } from "@headgate/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { encoded } from "../support/media.ts";
import { nginxRtmpOrigin, type RunningOrigin } from "../support/origins.ts";
import { areMissing, ffmpeg, nginxRtmp } from "../support/programs.ts";
import { grant, listenForPeers, SocketPeer } from "../support/socket-peer.ts";

const WAIT = { timeout: 15_000, interval: 100 };

afterAll(killEveryChild);

/** A publisher that goes on until it is stopped. */
function publishOn(url: string): Child {
  const file = encoded([
    "-f",
    "lavfi",
    "-i",
    "testsrc=size=320x180:rate=25",
    "-t",
    "5",
    "-c:v",
    "libx264",
    "-g",
    "25",
  ]);
  return new Child("ffmpeg", [
    ...["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", file],
    ...["-c", "copy", "-f", "flv", url],
  ]);
}

/** Lines of the log with this message. */
function linesOf(server: HeadgateServer, message: string): readonly string[] {
  return server
    .log(1000)
    .split("\n")
    .filter((line) => line.includes(`"msg":"${message}"`));
}

const key = (timestamp: number, payload: Uint8Array = Uint8Array.of(0x17, 1, 0, 0, 0, 1)): Message => ({
  type: MessageType.video,
  timestamp,
  messageStreamId: 1,
  payload,
});

/** A player of Headgate's; what it has got is in its messages. */
function play(
  server: HeadgateServer,
  application: string,
  stream: string,
  tcUrl = `rtmp://h/${application}`,
): SocketPeer {
  const player = SocketPeer.dial(server.port(0));
  player.connect(application, { tcUrl });
  player.play(stream);
  return player;
}

const videosOf = (peer: SocketPeer): Message[] =>
  peer.messages.filter(({ type }) => type === MessageType.video);

describe("an origin", () => {
  let port: number;
  let server: HeadgateServer;
  let player: SocketPeer;
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    port = await freePort();
    const origin = `rtmp://127.0.0.1:${port}`;
    server = await startHeadgate({
      applications: {
        live: { resumeWindow: "20s" },
        pulled: { pull: `${origin}/live`, pullIdle: "0s", resumeWindow: "20s" },
        pushed: { push: `${origin}/live`, resumeWindow: "0s" },
        proxied: { proxy: origin },
        nowhere: { pull: "rtmp://nowhere.invalid/live", pullIdle: "0s" },
        two: { pull: [`rtmp://127.0.0.1:${await freePort()}/live`, `${origin}/live`], pullIdle: "0s" },
        routed: {
          pull: "rtmp://nowhere.invalid/live",
          pullIdle: "0s",
          routes: [{ streams: "cam-*", pull: `${origin}/cams/{stream}` }],
        },
        "//tv.example.com/live": { pull: `${origin}/tv/{stream}`, pullIdle: "0s" },
      },
      timeouts: { firstByte: "1s", handshake: "1s", connect: "1s", stall: "3s" },
    });
  });

  afterEach(async () => {
    player?.close();
    for (const stop of stops.splice(0)) await stop();
    await vi.waitFor(
      async () => expect(await server.relays()).toEqual({ relays: [], proxiedSessions: 0 }),
      WAIT,
    );
    await vi.waitFor(async () => expect(await server.metric("headgate_connections")).toBe(0), WAIT);
    await server.stop();
  });

  const listen = async (onPeer: (peer: SocketPeer) => void): Promise<SocketPeer[]> => {
    const { peers, stop } = await listenForPeers(port, onPeer);
    stops.push(stop);
    return peers;
  };

  const listenRaw = async (onSocket: (socket: Socket) => void): Promise<void> => {
    const sockets: Socket[] = [];
    const raw: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      onSocket(socket);
    });
    await new Promise<void>((resolve) => raw.listen(port, "127.0.0.1", resolve));
    stops.push(async () => {
      for (const socket of sockets) socket.destroy();
      raw.close();
    });
  };

  const lastError = async (): Promise<string | undefined> =>
    (await server.relays()).relays[0]?.lastError?.code;

  test("that is not there is tried again, with one line each time", async () => {
    player = play(server, "pulled", "cam");
    await vi.waitFor(async () => expect(await lastError()).toBe("CONNECTION_REFUSED"), WAIT);
    const peers = await listen((peer) => grant(peer, () => peer.send(key(0), 6)));
    await vi.waitFor(() => expect(videosOf(player).length).toBe(1), WAIT);
    expect(peers.length).toBe(1);
    const [line] = linesOf(server, "relay failed");
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      kind: "pull",
      stream: "pulled/cam",
      target: `rtmp://127.0.0.1:${port}/live`,
      code: "CONNECTION_REFUSED",
    });
  });

  test("that is not there gives way to the next, at once for those who come later", async () => {
    await listen((peer) => grant(peer, () => peer.send(key(0), 6)));
    player = play(server, "two", "cam");
    await vi.waitFor(() => expect(videosOf(player).length).toBe(1), WAIT);
    const later = play(server, "two", "other");
    await vi.waitFor(() => expect(videosOf(later).length).toBe(1), WAIT);
    later.close();
    const { relays } = await server.relays();
    expect(relays.map(({ stream, retries }) => [stream, retries])).toEqual([
      ["two/cam", 1],
      ["two/other", 0],
    ]);
  });

  test("is chosen by the stream's name, and by the name under which the client knows the server", async () => {
    const peers = await listen((peer) => grant(peer, () => peer.send(key(0), 6)));
    player = play(server, "routed", "cam-1");
    const others = [
      play(server, "live", "a", "rtmp://tv.example.com/live"),
      play(server, "live", "b", "rtmp://h/live?vhost=tv.example.com"),
    ];
    await vi.waitFor(() => {
      expect([player, ...others].map((each) => videosOf(each).length)).toEqual([1, 1, 1]);
    }, WAIT);
    const asked = peers.map(({ commands }) => {
      const [connect, , playCommand] = commands;
      const { app } = (connect?.[2] ?? {}) as { readonly app?: string };
      return `${app}/${String(playCommand?.[3])}`;
    });
    expect(asked.sort()).toEqual(["cams/cam-1", "tv/a", "tv/b"]);
    for (const other of others) other.close();
    const own = play(server, "live", "a");
    const publisher = SocketPeer.dial(server.port(0));
    publisher.connect("live");
    publisher.publish("a");
    publisher.send(key(7), 6);
    await vi.waitFor(() => expect(videosOf(own).map(({ timestamp }) => timestamp)).toEqual([7]), WAIT);
    own.close();
    publisher.close();
  });

  test("whose name cannot be resolved is reported as such", async () => {
    player = play(server, "nowhere", "cam");
    await vi.waitFor(async () => expect(await lastError()).toBe("NAME_NOT_FOUND"), WAIT);
  });

  test("that takes connections and says nothing is given up in time", async () => {
    await listenRaw(() => {});
    player = play(server, "pulled", "cam");
    await vi.waitFor(async () => expect(await lastError()).toBe("CONNECTION_FIRST_BYTE_TIMEOUT"), WAIT);
  });

  test("that speaks another language is told from one that is not there", async () => {
    await listenRaw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    player = play(server, "pulled", "cam");
    await vi.waitFor(async () => expect(await lastError()).toBe("HANDSHAKE_VERSION_UNSUPPORTED"), WAIT);
  });

  test("that goes away in the middle of a keyframe and comes back is one stream with one clock", async () => {
    let connections = 0;
    await listen((peer) => {
      connections += 1;
      grant(peer, () => {
        peer.send(key(1000 * connections), 6);
        if (connections > 1) return;
        const half = new Random(1).bytes(3000);
        peer.send(key(1040, Uint8Array.of(0x27, 1, 0, 0, 0, 1)), 6);
        // A header that promises more than comes.
        setTimeout(() => {
          peer.socket.write(Buffer.from("0600041a0061a809010000001701000000", "hex"));
          peer.socket.write(half);
          setTimeout(() => peer.socket.resetAndDestroy(), 50);
        }, 100);
      });
    });
    player = play(server, "pulled", "cam");
    await vi.waitFor(() => expect(videosOf(player).length).toBe(3), WAIT);
    const [first, second, third] = videosOf(player).map(({ timestamp }) => timestamp);
    expect([first, second]).toEqual([1000, 1040]);
    expect(third).toBeGreaterThan(1040);
    expect(player.isClosed).toBe(false);
  });

  test("is connected to once for all who play a stream, and let go after them", async () => {
    const peers = await listen((peer) => grant(peer, () => peer.send(key(0), 6)));
    player = play(server, "pulled", "cam");
    const others = [1, 2, 3].map(() => play(server, "pulled", "cam"));
    await vi.waitFor(() => expect(others.every((other) => videosOf(other).length === 1)).toBe(true), WAIT);
    expect(peers.length).toBe(1);
    player.close();
    for (const other of others) other.close();
    await vi.waitFor(() => expect(peers[0]?.isClosed).toBe(true), WAIT);
  });

  test("that is ourselves is a loop, and is said to be one", async () => {
    const own = await startHeadgate({
      applications: { "*": { pull: `rtmp://127.0.0.1:${port}/loop`, pullIdle: "0s" } },
    });
    // What listens at the origin's place passes everything on to the server itself.
    await listenRaw((socket) => {
      const back = connect({ host: "127.0.0.1", port: own.port(0) });
      back.on("error", () => {});
      socket.pipe(back).pipe(socket);
    });
    const looped = play(own, "loop", "cam");
    await vi.waitFor(
      async () =>
        expect((await own.relays()).relays[0]?.lastError?.code).toBe("NetConnection.Connect.Rejected"),
      WAIT,
    );
    await vi.waitFor(() => expect(own.log(100)).toContain("RELAY_LOOP"), WAIT);
    looped.close();
    await own.stop();
  });

  test.skipIf(areMissing(ffmpeg))("that takes 10 kB/s harms nobody else", { timeout: 60_000 }, async () => {
    let taken = 0;
    await listen((peer) => {
      grant(peer);
      const timer = setInterval(() => {
        peer.socket.resume();
        setTimeout(() => peer.socket.pause(), 5);
      }, 200);
      peer.socket.on("data", (bytes) => {
        taken += bytes.length;
        if (taken > 20_000) peer.socket.pause();
      });
      peer.socket.once("close", () => clearInterval(timer));
    });
    const publisher = publishOn(server.url("pushed", "cam"));
    player = play(server, "pushed", "cam");
    await sleep(4_000);
    const before = videosOf(player).length;
    const resident = server.residentBytes();
    await sleep(4_000);
    expect(videosOf(player).length - before).toBeGreaterThan(75);
    expect(server.residentBytes() - resident).toBeLessThan(48 * 1024 * 1024);
    expect((await server.relays()).relays).toMatchObject([{ kind: "push", retries: 0, state: "running" }]);
    await publisher.stop();
  });

  describe("of sessions that are passed on", () => {
    /** A client that is connected, and its origin. */
    async function connected(): Promise<{ client: SocketPeer; origin: SocketPeer }> {
      const peers = await listen((peer) => {
        peer.onCommand = () => {
          if (peer.commands.length > 1) return;
          const success = { level: "status", code: "NetConnection.Connect.Success", description: "" };
          peer.command(0, "_result", 1, { fmsVer: "FMS/9,9" }, success);
        };
      });
      const client = SocketPeer.dial(server.port(0));
      player = client;
      client.command(0, "connect", 1, { app: "proxied", tcUrl: "rtmp://h/proxied", custom: "yes" }, "extra");
      await vi.waitFor(() => expect(client.commands.length).toBe(1), WAIT);
      return { client, origin: peers[0]! };
    }

    const TYPES = [1, 2, 3, 5, 6];
    const digestOf = ({ type, timestamp, messageStreamId, payload }: Message): string =>
      [type, timestamp, messageStreamId, createHash("md5").update(payload).digest("hex")].join(" ");
    const payloadsOf = ({ messages }: SocketPeer): string[] =>
      messages.filter(({ type }) => !TYPES.includes(type)).map(digestOf);

    test("gets everything as it was said, whatever it is, and so does the client", async () => {
      const { client, origin } = await connected();
      expect(origin.commands[0]).toEqual([
        "connect",
        1,
        {
          app: "proxied",
          tcUrl: "rtmp://h/proxied",
          custom: "yes",
          headgateVia: expect.stringMatching(/^[0-9a-f]{12}$/),
        },
        "extra",
      ]);
      const random = new Random(7);
      const kinds = [
        MessageType.commandAmf3,
        MessageType.sharedObjectAmf3,
        MessageType.sharedObjectAmf0,
        MessageType.dataAmf3,
        MessageType.dataAmf0,
        MessageType.audio,
        MessageType.video,
        MessageType.aggregate,
        42,
        255,
      ];
      const said = Array.from({ length: 200 }, (_, index): Message => {
        const type = kinds[index % kinds.length]!;
        const payload = random.bytes(random.below(index % 20 === 6 ? 400_000 : 3_000) + 3);
        return { type, timestamp: random.below(2 ** 31), messageStreamId: random.below(5), payload };
      });
      for (const [index, message] of said.entries()) {
        client.send(message, 3 + (index % 6));
        origin.send(message, 3 + (index % 6));
      }
      await vi.waitFor(() => expect(payloadsOf(origin).length).toBe(said.length + 1), WAIT);
      await vi.waitFor(() => expect(payloadsOf(client).length).toBe(said.length + 1), WAIT);
      expect(payloadsOf(origin).slice(1)).toEqual(said.map(digestOf));
      expect(payloadsOf(client).slice(1)).toEqual(said.map(digestOf));
    });

    test("makes the client wait if it is slow, and the other way round", { timeout: 60_000 }, async () => {
      const { client, origin } = await connected();
      const piece = { ...key(0, new Uint8Array(256 * 1024)), type: MessageType.video };
      const resident = server.residentBytes();
      for (const [from, to] of [
        [client, origin],
        [origin, client],
      ] as const) {
        to.socket.pause();
        let count = 0;
        while (count < 400) {
          from.send({ ...piece, timestamp: count }, 6);
          count += 1;
          // More than the sockets on the way take: the system gives each up to six megabytes where nobody else wants them.
          if (from.socket.writableLength > 80 * 1024 * 1024) break;
        }
        await sleep(1_000);
        expect(from.socket.writableLength).toBeGreaterThan(1024 * 1024);
        expect(server.residentBytes() - resident).toBeLessThan(64 * 1024 * 1024);
        to.socket.resume();
        await vi.waitFor(() => expect(videosOf(to).length).toBe(count), WAIT);
      }
    });

    test("is closed with the client, and the client with it", async () => {
      const one = await connected();
      one.client.close();
      await vi.waitFor(() => expect(one.origin.isClosed).toBe(true), WAIT);
      for (const stop of stops.splice(0)) await stop();
      const two = await connected();
      two.origin.close();
      await vi.waitFor(() => expect(two.client.isClosed).toBe(true), WAIT);
    });

    test("cannot be reached, which the client is told", async () => {
      player = SocketPeer.dial(server.port(0));
      player.connect("proxied");
      await vi.waitFor(() => expect(player.isClosed).toBe(true), WAIT);
      expect(player.commands).toMatchObject([["_error", 1, null, { code: "NetConnection.Connect.Failed" }]]);
      expect(linesOf(server, "session cannot be proxied").length).toBe(1);
    });

    test("that says nothing is given up, and the client is told", async () => {
      await listenRaw(() => {});
      player = SocketPeer.dial(server.port(0));
      player.connect("proxied");
      await vi.waitFor(() => expect(player.isClosed).toBe(true), WAIT);
      expect(player.commands).toMatchObject([["_error", 1, null, { code: "NetConnection.Connect.Failed" }]]);
    });
  });
});

describe.skipIf(areMissing(nginxRtmp, ffmpeg))("nginx-rtmp that is killed and comes back", () => {
  let origin: RunningOrigin;
  let server: HeadgateServer;

  beforeAll(async () => {
    origin = await nginxRtmpOrigin.start();
    server = await startHeadgate({
      applications: {
        pushed: { push: `rtmp://127.0.0.1:${origin.port}/live` },
        pulled: { pull: `rtmp://127.0.0.1:${origin.port}/live`, pullIdle: "0s", resumeWindow: "20s" },
      },
    });
  }, 30_000);

  afterAll(async () => {
    await server?.stop();
    await origin?.stop();
  });

  test("gets its streams again, and those who play from it go on", { timeout: 60_000 }, async () => {
    const publisher = publishOn(server.url("pushed", "cam"));
    const player = play(server, "pulled", "cam");
    await vi.waitFor(() => expect(videosOf(player).length).toBeGreaterThan(25), WAIT);
    await origin.kill();
    await sleep(500);
    const before = videosOf(player).length;
    origin = await nginxRtmpOrigin.start(origin.port);
    await vi.waitFor(() => expect(videosOf(player).length).toBeGreaterThan(before + 25), {
      ...WAIT,
      timeout: 30_000,
    });
    const times = videosOf(player).map(({ timestamp }) => timestamp);
    expect(times.every((time, index) => index === 0 || time >= times[index - 1]!)).toBe(true);
    const { relays } = await server.relays();
    expect(relays.map(({ kind, state }) => [kind, state])).toEqual(
      expect.arrayContaining([
        ["push", "running"],
        ["pull", "running"],
      ]),
    );
    player.close();
    expect(publisher.hasExited).toBe(false);
    await publisher.stop();
  });
});
