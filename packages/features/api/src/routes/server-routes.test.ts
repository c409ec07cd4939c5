import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

async function told(url: string): Promise<Record<string, unknown>> {
  const reply = await server.get(url);
  expect(reply.statusCode).toBe(200);
  const { code, server: id, service, pid, ...rest } = reply.json();
  expect({ code, id, pid }).toEqual({ code: 0, id: "vid-0123456789ab", pid: String(process.pid) });
  expect(service).toEqual(expect.any(String));
  return rest;
}

test("summaries have what the console of SRS shows", async () => {
  const viewer = await server.play("cam");
  viewer.pair.far.destroy();
  await server.connect();
  const { data } = (await told("/api/v1/summaries")) as { data: Record<string, Record<string, unknown>> };
  expect(data).toMatchObject({ ok: true, now_ms: expect.any(Number) });
  expect(Object.keys(data.self!)).toEqual(
    expect.arrayContaining([
      "version",
      "pid",
      "ppid",
      "argv",
      "cwd",
      "mem_kbyte",
      "mem_percent",
      "cpu_percent",
      "srs_uptime",
    ]),
  );
  const { system } = data;
  for (const key of [
    "cpus",
    "cpus_online",
    "uptime",
    "mem_ram_kbyte",
    "mem_ram_percent",
    "load_1m",
    "load_5m",
    "load_15m",
  ])
    expect(system![key]).toEqual(expect.any(Number));
  expect(system).toMatchObject({ conn_srs: 1 });
  // The handshakes alone are 3 KB each, also of the one who has gone.
  expect(system!.srs_recv_bytes).toBeGreaterThan(6_000);
  expect(system!.srs_send_bytes).toBeGreaterThan(6_000);
});

test("versions, features, listeners, certificates and the configuration are told", async () => {
  expect(await told("/api/v1/versions")).toEqual({
    data: { major: 1, minor: 2, revision: 3, version: "1.2.3" },
  });
  expect(await told("/api/v1/features")).toEqual({ features: ["gateway", "api"] });
  expect(await told("/api/v1/listeners")).toEqual({
    listeners: [{ host: "::", port: 1935, protocols: ["rtmp", "rtmpt"], tls: false }],
  });
  expect(await told("/api/v1/certificates")).toEqual({
    certificates: [{ port: 443, expires: expect.stringMatching(/^\d{4}-.*Z$/), days_left: 10 }],
  });
  expect(await told("/api/v1/config")).toEqual({ config: { workers: 1 } });
});

test("sessions through HTTP are told with their polls", async () => {
  expect(await told("/api/v1/tunnels")).toEqual({
    tunnels: { sessions: 0 },
    total: 0,
    start: 0,
    count: 10,
    sessions: [],
  });
  const bytes = { bytesReceived: 10, bytesSent: 20, queuedBytes: 5 };
  const at = { transport: "rtmpt", remoteAddress: "192.0.2.1", remotePort: 4_000 };
  const open = { ...at, ...bytes, requests: 3, seenMs: performance.now() - 1_000, isClosed: false };
  server.tunnels.push(open, { ...open, remotePort: 4_001, isClosed: true });
  const { tunnels, total, sessions } = await told("/api/v1/tunnels?start=0&count=1");
  expect([tunnels, total]).toEqual([{ sessions: 2 }, 2]);
  expect(sessions).toEqual([
    {
      ip: "192.0.2.1",
      port: 4_000,
      transport: "rtmpt",
      polls: 3,
      polls_per_second: 0,
      idle_ms: expect.any(Number),
      queued_bytes: 5,
      recv_bytes: 10,
      send_bytes: 20,
    },
  ]);
  const [first] = sessions as [{ idle_ms: number }];
  expect(first.idle_ms).toBeGreaterThanOrEqual(1_000);
  const { sessions: rest } = await told("/api/v1/tunnels?start=1");
  expect(rest).toMatchObject([{ port: 4_001, idle_ms: null }]);
});
