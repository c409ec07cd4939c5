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
    const world = new TestGateway({ application: { publisherPolicy: "takeover" } });
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
