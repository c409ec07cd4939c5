import { setChunkSize } from "@headgate/message";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const INFO = 30;
const DEBUG = 20;

describe("the log", () => {
  it("has one line for the start of a session and one for its end, and one for what it does", () => {
    const world = new TestGateway();
    const publisher = world.publisher("cam", { remoteAddress: "192.0.2.7" });
    publisher.pair.far.end();
    world.settle();
    const session = expect.stringMatching(/^[0-9a-f]{12}$/);
    const common = { level: INFO, session, transport: "memory" };
    expect(world.log).toMatchObject([
      {
        ...common,
        msg: "session started",
        remoteAddress: "192.0.2.7",
        remotePort: 50_000,
        application: "live",
        client: "scripted peer",
      },
      { ...common, msg: "publishing", application: "live", stream: "live/cam", takeover: false },
      {
        ...common,
        msg: "session ended",
        application: "live",
        remoteAddress: "192.0.2.7",
        reason: "peer closed",
      },
    ]);
    expect(new Set(world.log.map((line) => line.session)).size).toBe(1);
  });

  it("reports at the end the bytes of each direction and the duration", () => {
    const world = new TestGateway();
    const client = world.connect();
    world.pass(5000);
    client.pair.far.end();
    world.settle();
    const { far } = client.pair;
    const end = world.log.at(-1)!;
    expect(end).toMatchObject({ bytesReceived: far.bytesSent, bytesSent: far.bytesReceived });
    expect(far.bytesReceived).toBeGreaterThan(3000);
    expect(end.durationMs).toBeGreaterThanOrEqual(5000);
    expect(Number.isInteger(end.durationMs)).toBe(true);
  });

  it.each([
    ["peer closed", (world: TestGateway) => world.connect().pair.far.end()],
    ["peer closed", (world: TestGateway) => world.connect().command(0, "close", 0, null)],
    ["connection reset", (world: TestGateway) => world.connect().pair.far.breakOff("connection reset")],
    ["CHUNK_HEADER_MISSING", (world: TestGateway) => world.connect().sendRaw(new Uint8Array(100).fill(0xc7))],
  ])("says that a session ended because: %s", (reason, end) => {
    const world = new TestGateway();
    end(world);
    world.pass(1000);
    expect(world.log.filter(({ msg }) => msg.startsWith("session"))).toMatchObject([
      { msg: "session started" },
      { msg: "session ended", level: INFO, reason },
    ]);
  });

  it("has lines at debug only for connections that never became sessions", () => {
    const world = new TestGateway();
    for (let i = 0; i < 10; i++) world.dial().pair.far.end();
    world.dial().handshake();
    world.settle();
    expect(world.story).toEqual([]);
    expect(world.log.map(({ msg, level }) => ({ msg, level }))).toEqual(
      Array(10).fill({ msg: "session ended", level: DEBUG }),
    );
  });

  it("has a line at info for a connection that fails before connect, one for each reason and address in a while", () => {
    const world = new TestGateway();
    for (let i = 0; i < 5; i++) world.dial();
    world.dial({ remoteAddress: "192.0.2.2" });
    const broken = world.dial({ remoteAddress: "192.0.2.3" });
    broken.handshake();
    broken.sendRaw(new Uint8Array(100).fill(0xc7));
    world.pass(11_000);
    const ended = world.log.filter(({ msg, level }) => msg === "session ended" && level === INFO);
    expect(ended).toMatchObject([
      {
        reason: "CHUNK_HEADER_MISSING",
        remoteAddress: "192.0.2.3",
        description: expect.stringContaining("chunk"),
      },
      { reason: "first byte timeout", remoteAddress: "192.0.2.1" },
      { reason: "first byte timeout", remoteAddress: "192.0.2.2" },
    ]);
  });

  it("says at the end of a session what it was: a publisher, a viewer, or neither", () => {
    const world = new TestGateway();
    const clients = [world.viewer("third"), world.publisher(), world.viewer(), world.connect()];
    clients[2]!.publish("other", { netStreamId: 2 });
    for (const { pair } of clients) pair.far.end();
    world.settle();
    const description = "The peer closed the connection.";
    expect(world.log.filter(({ msg }) => msg === "session ended")).toMatchObject([
      { role: "viewer", stream: "live/third", reason: "peer closed", description },
      { role: "publisher", stream: "live/cam", description },
      { role: "publisher", stream: "live/other", description },
      { description },
    ]);
    expect(world.log.at(-1)).not.toHaveProperty("role");
  });

  it("says that a viewer waits for a publisher", () => {
    const world = new TestGateway();
    world.viewer();
    world.publisher();
    world.viewer();
    const [first, second] = world.log.filter(({ msg }) => msg === "playing");
    expect(first).toMatchObject({ stream: "live/cam", waiting: true });
    expect(second).not.toHaveProperty("waiting");
  });

  it("says what a publisher sends, once it has sent for some seconds", () => {
    const world = new TestGateway();
    const publisher = world.publisher();
    publisher.metadata({ width: 1280, height: 720 });
    publisher.media("avcC", 0);
    for (let time = 0; time <= 5000; time += 40) {
      publisher.media("key", time, { length: 10_000 });
      publisher.media("aac", time, { length: 200 });
    }
    const sends = world.log.filter(({ msg }) => msg === "publisher sends");
    expect(sends).toMatchObject([
      { stream: "live/cam", video: "H.264", audio: "AAC", size: "1280x720", framesPerSecond: 25 },
    ]);
    expect(sends[0]!.kilobitsPerSecond).toBeGreaterThan(2000);
    expect(sends[0]!.kilobitsPerSecond).toBeLessThan(2200);
  });

  it("says it at the end of one that has sent less, and nothing of one that has sent nothing", () => {
    const world = new TestGateway();
    world.publisher("silent").pair.far.end();
    const publisher = world.publisher();
    publisher.media("asc", 0);
    publisher.pair.far.end();
    world.settle();
    expect(world.log.filter(({ msg }) => msg === "publisher sends")).toMatchObject([
      { stream: "live/cam", audio: "AAC" },
    ]);
  });

  it("names a stream that is refused as one that is not", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" } });
    world.publisher("/cam/");
    world.connect("live/").publish(" cam");
    const streams = world.log.filter(({ msg }) => msg.startsWith("publish")).map(({ stream }) => stream);
    expect(streams).toEqual(["live/cam", "live/cam"]);
    const refused = new TestGateway({ applications: { live: {} } });
    refused.connect("").publish("/vod/cam/");
    expect(refused.log.find(({ msg }) => msg === "publish refused")).toMatchObject({ stream: "vod/cam" });
    expect(refused.gateway.refusals.get("APPLICATION_UNKNOWN")).toBe(1);
  });

  it("names an unknown application", () => {
    const world = new TestGateway();
    const refused = world.dial();
    refused.handshake();
    refused.connect("secret");
    world.settle();
    expect(world.log).toMatchObject([
      { msg: "session ended", level: INFO, application: "secret", reason: "APPLICATION_UNKNOWN" },
    ]);
  });

  it("stops after a hundred lines about the streams of a session", () => {
    const world = new TestGateway({ limits: { maxNetStreams: 300 } });
    const publisher = world.connect();
    for (let name = 0; name < 200; name++) publisher.publish(`cam${name}`);
    expect(world.log.filter(({ msg }) => msg === "publishing")).toHaveLength(100);
    expect(world.log.at(-1)).toMatchObject({ note: "last line of this session about its streams" });
  });

  it("says why a stream was refused", () => {
    const world = new TestGateway({ application: { publisherPolicy: "reject" }, limits: { maxStreams: 1 } });
    world.publisher("cam");
    world.connect().publish("cam");
    world.publisher("second");
    world.viewer("x".repeat(600));
    const warnings = world.log.filter(({ level }) => level > INFO);
    expect(warnings).toMatchObject([
      { msg: "publish refused", stream: "live/cam", reason: "ALREADY_PUBLISHED" },
      { msg: "publish refused", stream: "live/second", reason: "STREAMS_EXCEEDED" },
      { msg: "play refused", reason: "NAME_INVALID" },
    ]);
  });

  it("says that one publisher took over from another", () => {
    const world = new TestGateway({ application: { publisherPolicy: "takeover" } });
    world.publisher();
    world.publisher();
    expect(world.log.filter(({ msg }) => msg === "publishing")).toMatchObject([
      { takeover: false },
      { takeover: true },
    ]);
  });

  it("has no query string and no key in any line at any level, in whatever URL or name a client sends it", () => {
    const world = new TestGateway({ application: { publisherPolicy: "takeover" }, logLevel: "trace" });
    const secrets = ["s3cret", "hunter2", "?", "key=", "token="];
    const query = "?key=s3cret&token=hunter2";
    for (const app of [`live${query}`, `live/${query}`, `vod${query}`]) {
      for (const name of ["cam", `cam${query}`, `flv:cam${query}`, query]) {
        const client = world.dial();
        client.handshake();
        client.connect(app, {
          tcUrl: `rtmp://user:hunter2@localhost/live${query}`,
          swfUrl: `http://localhost/player.swf${query}`,
          pageUrl: `http://localhost/page${query}`,
        });
        client.publish(name);
        client.play(name, { netStreamId: 2 });
        client.command(0, "FCPublish", 3, null, name);
        client.command(0, `nobody knows ${name}`, 3, null, name);
        client.media("key", 0);
        if (name.length % 2 === 0) client.sendRaw(new Uint8Array(100).fill(0xc7));
        client.pair.far.end();
        world.settle();
      }
    }
    const early = world.dial();
    early.handshake();
    early.command(0, "createStream", 1, null, query);
    world.settle();
    expect(world.log.length).toBeGreaterThan(30);
    for (const secret of secrets) expect(world.logText).not.toContain(secret);
  });
});

describe("the protocol of a session is in the log", () => {
  const TRACE = 10;

  function traced(world: TestGateway): string[] {
    return world.log.filter(({ level }) => level === TRACE).map(({ msg }) => msg);
  }

  it("at level trace: handshake, commands, statuses and chunk sizes of both sides", () => {
    const world = new TestGateway({ logLevel: "trace" });
    world.publisher().media("key", 0);
    const lines = traced(world);
    expect(lines[0]).toBe("handshake done");
    expect(world.log[0]).toMatchObject({ kind: "simple", peerVersion: "0.0.0.0", transport: "memory" });
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^received connect\(1, \{app: "live", tcUrl: "rtmp:\/\/localhost\/live", flashVer: /,
        ),
        "sent WindowAcknowledgementSize 2500000",
        "sent SetChunkSize 60000",
        expect.stringMatching(/^sent _result\(1, .*code: "NetConnection\.Connect\.Success"/),
        'received publish(0, null, "cam", "live") on 1',
        expect.stringMatching(
          /^sent onStatus\(0, null, \{level: "status", code: "NetStream\.Publish\.Start"/,
        ),
      ]),
    );
  });

  it("with the chunk size of the peer", () => {
    const world = new TestGateway({ logLevel: "trace" });
    const client = world.connect();
    client.send(setChunkSize(4096), 2);
    client.command(0, "_checkbw", 5, null);
    expect(traced(world)).toContain("received SetChunkSize 4096");
  });

  it("of one address alone, whatever the level is", () => {
    const world = new TestGateway({ logLevel: "info", trace: { address: "192.0.2.9" } });
    world.publisher("one", { remoteAddress: "192.0.2.8" });
    world.publisher("two", { remoteAddress: "192.0.2.9" });
    expect(traced(world)).toContain('received publish(0, null, "two", "live") on 1');
    expect(traced(world).join()).not.toContain('"one"');
  });

  it("of one stream alone, from the session's beginning", () => {
    const world = new TestGateway({ logLevel: "info", trace: { stream: "live/two" } });
    world.publisher("one");
    world.viewer("two");
    const lines = traced(world);
    expect(lines[0]).toBe("handshake done");
    expect(lines.filter((line) => line.startsWith("received connect"))).toHaveLength(1);
    expect(lines.join()).not.toContain('"one"');
    expect(lines.join()).toContain("NetStream.Play.Start");
  });

  it("not at all at other levels", () => {
    const world = new TestGateway({ logLevel: "debug" });
    world.publisher();
    expect(traced(world)).toEqual([]);
  });
});
