import { uuidOfSession } from "@headgate/gateway";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ compatibility: ["mediamtx"] });
});

afterEach(() => server.close());

const uuids = () => [...server.gateway.sessions.keys()].map(uuidOfSession);

/** What NOALBS reads of a path, as strictly as its types do. */
function noalbsStats(value: unknown): {
  name: string;
  source: { type: string; id: string };
  bytesReceived: number;
} {
  const { name, source, bytesReceived } = value as Record<string, unknown>;
  if (typeof name !== "string") throw new Error("missing field `name`");
  if (!Number.isInteger(bytesReceived) || (bytesReceived as number) < 0) throw new Error("bytesReceived");
  const { type, id } = (source ?? {}) as Record<string, unknown>;
  if (typeof type !== "string" || typeof id !== "string") throw new Error("source");
  return { name, source: { type, id }, bytesReceived: bytesReceived as number };
}

test("a path is read by NOALBS", async () => {
  const missing = await server.get("/v3/paths/get/live/cam");
  expect([missing.statusCode, missing.json()]).toEqual([404, { status: "error", error: "path not found" }]);
  await server.publish("cam");
  const [id] = uuids();
  const stats = noalbsStats((await server.get("/v3/paths/get/live/cam")).json());
  expect(stats).toMatchObject({ name: "live/cam", source: { type: "rtmpConn", id } });
  expect(stats.bytesReceived).toBeGreaterThan(3_000);
});

test("paths are told as MediaMTX does", async () => {
  await server.publish("cam");
  await server.play("cam");
  await server.play("waiting");
  const [publisher, viewer, waiting] = uuids();
  const { itemCount, pageCount, items } = (await server.get("/v3/paths/list")).json();
  expect({ itemCount, pageCount }).toEqual({ itemCount: 2, pageCount: 1 });
  expect(items).toMatchObject([
    {
      name: "live/cam",
      confName: "live",
      source: { type: "rtmpConn", id: publisher },
      ready: true,
      readyTime: expect.stringMatching(/^\d{4}-.*Z$/),
      available: true,
      online: true,
      tracks: ["H264", "MPEG-4 Audio"],
      tracks2: [{ codec: "H264" }, { codec: "MPEG-4 Audio" }],
      readers: [{ type: "rtmpConn", id: viewer }],
    },
    { name: "live/waiting", source: null, ready: false, readyTime: null, readers: [{ id: waiting }] },
  ]);
  expect(items[0].inboundBytes).toBe(items[0].bytesReceived);
  expect(items[0].outboundBytes).toBe(items[0].bytesSent);
});

test("connections are told in pages, those of RTMPS apart", async () => {
  await server.publish("cam");
  await server.play("cam");
  await server.connect();
  const ids = uuids();
  const page = (await server.get("/v3/rtmpconns/list?page=1&itemsPerPage=2")).json();
  expect(page).toMatchObject({
    itemCount: 3,
    pageCount: 2,
    items: [{ id: ids[2], state: "idle", path: "" }],
  });
  const { items } = (await server.get("/v3/rtmpconns/list")).json();
  expect(items).toMatchObject([
    {
      id: ids[0],
      created: expect.stringMatching(/^\d{4}-.*Z$/),
      remoteAddr: "192.0.2.1:50000",
      state: "publish",
      path: "live/cam",
      query: "",
      user: "",
      userAgent: "scripted peer",
    },
    { id: ids[1], state: "read" },
    { id: ids[2] },
  ]);
  expect((await server.get("/v3/rtmpsconns/list")).json()).toEqual({ itemCount: 0, pageCount: 0, items: [] });
  expect((await server.get(`/v3/rtmpconns/get/${ids[1]}`)).json().state).toBe("read");
  expect((await server.get(`/v3/rtmpsconns/get/${ids[1]}`)).statusCode).toBe(404);
  expect((await server.get("/v3/rtmpconns/list?itemsPerPage=0")).statusCode).toBe(400);
});
