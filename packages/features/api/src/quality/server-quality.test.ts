import { SWEEP_INTERVAL_MS } from "@headgate/driver";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";
import { mergeServerQuality } from "./server-quality.ts";
import type { ServerQualityReply } from "./server-quality-reply.ts";

let server: TestServer;
/** A whole second of the gateway's clock, later than the start of the test. */
let futureMs: number;

beforeEach(() => {
  server = new TestServer();
  futureMs = Math.ceil(performance.now() / 1_000) * 1_000 + 10_000;
});

afterEach(() => server.close());

/** As the timer does it; the last sweep of a second can be late. */
function pass(seconds: number, lateMs = 0): void {
  for (let count = 0; count < seconds; count += 1) {
    for (let at = 0; at < 1_000; at += SWEEP_INTERVAL_MS)
      server.serverQuality.sweep(futureMs + at + (at === 750 ? lateMs : 0));
    futureMs += 1_000;
  }
}

async function told(seconds: number): Promise<ServerQualityReply> {
  const reply = await server.get(`/api/v1/quality/server?seconds=${seconds}`);
  expect(reply.statusCode).toBe(200);
  return reply.json().quality;
}

test("the server has what it carries and what that costs, second by second", async () => {
  const publisher = await server.publish("cam");
  await server.play("cam");
  pass(2);
  publisher.sendMedia();
  await server.settle();
  pass(2);
  const quality = await told(2);
  expect(quality).toMatchObject({ interval_ms: 1_000, streams: [1, 1], viewers: [1, 1], clients: [2, 2] });
  expect(quality.recv_kbps[0]).toBeGreaterThan(24);
  expect(quality.recv_kbps[1]).toBe(0);
  expect(quality.memory_mbyte[0]).toBeGreaterThan(1);
  expect(quality.cpu_percent[0]).toBeGreaterThanOrEqual(0);
});

test("the longest delay of a second is told in the next one", async () => {
  pass(1);
  pass(1, 100);
  pass(2);
  expect((await told(3)).loop_delay_ms).toEqual([0, 100, 0]);
});

test("ten minutes at most are kept and told", async () => {
  pass(700);
  expect((await told(600)).streams).toHaveLength(600);
  expect((await server.get("/api/v1/quality/server?seconds=601")).statusCode).toBe(400);
});

test("several processes are one: sums, and the longest delay, by the newest second", () => {
  pass(3);
  const one = server.serverQuality.read(3);
  const other = { ...one, streams: [5], loop_delay_ms: [40], cpu_percent: [null] };
  const merged = mergeServerQuality([{ ...one, loop_delay_ms: [0, 0, 7], cpu_percent: [1, 2, 3] }, other]);
  expect(merged).toMatchObject({ streams: [0, 0, 5], loop_delay_ms: [0, 0, 40], cpu_percent: [1, 2, 3] });
  expect(mergeServerQuality([])).toBeUndefined();
});
