import { afterEach, beforeEach, expect, test } from "vitest";
import { LogTail } from "./log/log-tail.ts";
import { answerCall, SLICE } from "./server-view.ts";
import { adminServer, TestServer } from "./test-server.test.helper.ts";
import { type AskWorker, WorkersView } from "./workers-view.ts";

let servers: TestServer[];
let ownLog: LogTail;
let view: WorkersView;
let admin: ReturnType<typeof adminServer>;
/** Workers that do not answer. */
let silent: Set<number>;

beforeEach(() => {
  servers = [new TestServer(), new TestServer(), new TestServer()];
  silent = new Set();
  ownLog = new LogTail();
  const workers = servers.map(
    (server, slot): AskWorker =>
      async (call) => {
        if (silent.has(slot)) return undefined;
        // As between processes.
        const crossed = JSON.parse(JSON.stringify(call));
        const answer = { value: await answerCall(server.view, crossed) };
        return JSON.parse(JSON.stringify(answer)).value;
      },
  );
  view = new WorkersView(() => workers, ownLog);
  admin = adminServer(view);
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

async function settle(): Promise<void> {
  for (const server of servers) await server.settle();
}

async function get(url: string) {
  return (await admin.inject(url)).json();
}

test("a list has the clients of all workers, one worker after the other", async () => {
  for (const [slot, server] of servers.entries())
    for (let index = 0; index < 3; index += 1) await server.connect({}, `192.0.2.${10 * slot + index}`);
  const ips = (reply: { clients: { ip: string }[] }) =>
    reply.clients.map(({ ip }) => Number(ip.split(".")[3]));
  const all = [0, 1, 2, 10, 11, 12, 20, 21, 22];
  expect(ips(await get("/api/v1/clients?count=100"))).toEqual(all);
  for (let start = 0; start < 10; start += 1) {
    const page = await get(`/api/v1/clients?start=${start}&count=4`);
    expect([page.total, ips(page)]).toEqual([9, all.slice(start, start + 4)]);
  }
});

test("a long list of workers is written whole", async () => {
  for (const server of servers) await server.playMany("cam", SLICE);
  const { clients } = await get("/api/v1/clients?count=1000");
  expect(new Set(clients.map(({ id }: { id: string }) => id)).size).toBe(3 * SLICE);
});

test("a stream has the viewers of all workers, and its publisher once", async () => {
  await servers[1]!.publish("cam");
  // As a worker has what it fetches from another one.
  servers[0]!.gateway.publish(
    { application: "live", name: "cam" },
    { query: "", via: [], isInternal: true, isPulled: true },
  );
  await servers[0]!.play("cam");
  await servers[0]!.play("cam");
  await servers[1]!.play("cam");
  const { streams, total } = await get("/api/v1/streams");
  expect(total).toBe(1);
  expect(streams).toMatchObject([
    { id: "live/cam", clients: 4, viewers: { memory: 3 }, video: { width: 1280 } },
  ]);
  const { stream } = await get("/api/v1/streams/live/cam");
  expect(stream).toMatchObject({ clients: 4, viewers: { memory: 3 }, publish: { active: true } });
  expect(stream.send_bytes).toBeGreaterThan(0);
  expect((await get("/api/v1/vhosts")).vhosts[0].streams).toBe(1);
});

test("a kick, a redirect and the end of a stream reach the worker that has it", async () => {
  const publisher = await servers[2]!.publish("cam");
  const viewer = await servers[1]!.connect({ capsEx: 1 });
  const [id] = [...servers[1]!.gateway.sessions.keys()];
  const url = `/api/v1/clients/${id}`;
  const payload = { url: "rtmp://other/live" };
  expect((await admin.inject({ method: "POST", url: `${url}/redirect`, payload })).statusCode).toBe(200);
  expect((await admin.inject({ method: "DELETE", url })).statusCode).toBe(200);
  expect((await admin.inject({ method: "DELETE", url: "/api/v1/streams/live/cam" })).statusCode).toBe(200);
  await settle();
  expect([viewer.isClosed, publisher.isClosed]).toEqual([true, true]);
  expect((await admin.inject({ method: "DELETE", url })).statusCode).toBe(404);
});

test("a recording is started and stopped by the worker that has the stream", async () => {
  await servers[1]!.publish("cam");
  servers[0]!.gateway.publish(
    { application: "live", name: "cam" },
    { query: "", via: [], isInternal: true, isPulled: true },
  );
  for (const what of ["start", "stop"] as const) {
    expect(await view.record("live/cam", what)).toEqual({ kind: "done", file: "live/cam.flv" });
    expect(await view.record("live/none", what)).toEqual({ kind: "absent" });
  }
});

test("what a worker has that does not answer is left out", async () => {
  await servers[0]!.connect();
  await servers[1]!.connect();
  silent.add(0);
  expect((await get("/api/v1/clients")).total).toBe(1);
  expect((await get("/api/v1/summaries")).data.system.conn_srs).toBe(1);
  expect((await get("/api/v1/listeners")).listeners).toHaveLength(1);
  silent = new Set([0, 1, 2]);
  expect((await get("/api/v1/clients")).clients).toEqual([]);
  expect((await get("/api/v1/listeners")).listeners).toEqual([]);
});

test("the log, the tunnels and the last ten minutes are those of all workers and of the primary", async () => {
  const line = (msg: string, second: number) =>
    JSON.stringify({ level: "info", time: `2026-12-01T10:00:0${second}.000Z`, msg });
  ownLog.add(line("primary", 1));
  for (const [slot, server] of servers.entries()) {
    server.tail.add(line(`worker ${slot}`, 3 - slot));
    const at = { transport: "rtmpt", remoteAddress: `192.0.2.${slot}`, remotePort: 1 };
    const bytes = { bytesReceived: 0, bytesSent: 0, queuedBytes: 0 };
    server.tunnels.push({ ...at, ...bytes, requests: 1, seenMs: 0, isClosed: false });
    await server.connect();
    server.serverQuality.sweep(1_000_000_000);
  }
  const first = await get("/api/v1/log");
  const messages = (reply: typeof first) => reply.lines.map(({ message }: { message: string }) => message);
  expect(messages(first)).toEqual(["primary", "worker 2", "worker 1", "worker 0"]);
  servers[1]!.tail.add(line("later", 5));
  expect(messages(await get(`/api/v1/log?after=${first.next}`))).toEqual(["later"]);
  expect(await get("/api/v1/tunnels?start=1&count=1")).toMatchObject({
    tunnels: { sessions: 3 },
    sessions: [{ ip: "192.0.2.1" }],
  });
  const { quality } = await get("/api/v1/quality/server?seconds=1");
  expect(quality.clients).toEqual([3]);
});

test("the last ten minutes are not told while no worker answers", async () => {
  silent = new Set([0, 1, 2]);
  expect((await admin.inject("/api/v1/quality/server")).statusCode).toBe(503);
});
