import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

test("a stream is told with what is in it, who publishes it and who views it", async () => {
  await server.publish("cam");
  await server.play("cam");
  await server.play("cam");
  await server.get("/api/v1/streams");
  const { streams, total, code } = (await server.get("/api/v1/streams")).json();
  expect({ code, total }).toEqual({ code: 0, total: 1 });
  const [publisher] = [...server.gateway.sessions.keys()];
  expect(streams).toEqual([
    {
      id: "live/cam",
      name: "cam",
      vhost: "__defaultVhost__",
      app: "live",
      tcUrl: "rtmp://localhost/live",
      url: "/live/cam",
      live_ms: expect.any(Number),
      clients: 3,
      frames: 3,
      send_bytes: expect.any(Number),
      recv_bytes: expect.any(Number),
      kbps: expect.any(Object),
      publish: { active: true, cid: publisher },
      video: {
        codec: "H264",
        profile: "High",
        level: "3.1",
        width: 1280,
        height: 720,
        fps: expect.any(Number),
      },
      audio: { codec: "AAC", sample_rate: 44_100, channel: 2, profile: "LC" },
      source: "client",
      transport: "memory",
      ip: "192.0.2.1",
      identity: null,
      uptime: expect.any(Number),
      audio_frames: 3,
      keyframe_interval_ms: 1_000,
      av_drift_ms: expect.any(Number),
      rtt_ms: expect.any(Number),
      lags: 0,
      viewers: { memory: 2 },
    },
  ]);
  expect(streams[0].recv_bytes).toBeGreaterThan(3_000);
  expect(streams[0].send_bytes).toBeGreaterThan(2 * 1_000);
  expect(streams[0].kbps.video_10s).toBeGreaterThan(0);
});

test("what viewers got stays counted when they have gone", async () => {
  await server.publish("cam");
  const viewer = await server.play("cam");
  const before = (await server.get("/api/v1/streams/live/cam")).json().stream;
  viewer.pair.far.destroy();
  await server.settle();
  const after = (await server.get("/api/v1/streams/live/cam")).json().stream;
  expect(after.viewers).toEqual({});
  expect(after.send_bytes).toBeGreaterThanOrEqual(before.send_bytes);
});

test.each(["/api/v1/streams/live/cam", "/api/v1/streams/live%2Fcam", "/api/v1/streams/live/cam/"])(
  "GET %s is one stream",
  async (url) => {
    await server.publish("cam");
    expect((await server.get(url)).json().stream.id).toBe("live/cam");
  },
);

test("a stream that is not there is answered with SRS's number", async () => {
  const reply = await server.get("/api/v1/streams/live/other");
  expect([reply.statusCode, reply.json().code]).toEqual([404, 2048]);
});

test("a stream that is waited for is one without a publisher", async () => {
  await server.play("cam");
  const { streams } = (await server.get("/api/v1/streams")).json();
  expect(streams).toMatchObject([
    {
      id: "live/cam",
      clients: 1,
      publish: { active: false, cid: null },
      video: null,
      audio: null,
      uptime: null,
    },
  ]);
});

test("a stream of this process itself is no client's", async () => {
  server.gateway.publish({ application: "live", name: "demo" });
  const { stream } = (await server.get("/api/v1/streams/live/demo")).json();
  expect(stream).toMatchObject({ source: "process", clients: 0, publish: { active: true, cid: null } });
  const reply = await server.ask("DELETE", "/api/v1/streams/live/demo");
  expect([reply.statusCode, reply.json().code]).toEqual([409, 2050]);
});

test("a stream that is closed has lost its publisher, and its viewers know that it is over", async () => {
  const publisher = await server.publish("cam");
  const viewer = await server.play("cam");
  expect((await server.ask("DELETE", "/api/v1/streams/live/cam")).json().code).toBe(0);
  expect(publisher.codes.at(-1)).toBe("NetStream.Publish.Denied");
  expect(publisher.isClosed).toBe(true);
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
  expect((await server.ask("DELETE", "/api/v1/streams/live/nothing")).statusCode).toBe(404);
});

test("virtual hosts have the sums of their streams", async () => {
  await server.publish("cam");
  await server.play("cam");
  const { vhosts } = (await server.get("/api/v1/vhosts/")).json();
  expect(vhosts).toMatchObject([{ id: "__defaultVhost__", enabled: true, streams: 1, clients: 2 }]);
  const one = (await server.get("/api/v1/vhosts/__defaultVhost__")).json();
  expect(one.vhost.recv_bytes).toBeGreaterThan(0);
  expect((await server.get("/api/v1/vhosts/other")).json().code).toBe(2014);
});

test("no answer has a secret of a URL in it", async () => {
  await server.publish("cam", {
    pageUrl: "http://u:s3cret@page/x?s3cret",
    swfUrl: "http://swf/?s3cret#s3cret",
  });
  await server.play("cam");
  for (const url of ["/api/v1/streams", "/api/v1/clients", "/api/v1/vhosts", "/api/v1/summaries"])
    expect((await server.get(url)).body).not.toContain("s3cret");
});
