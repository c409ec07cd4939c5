import { createGateway, DEFAULT_GATEWAY_OPTIONS, type Gateway, type Publication } from "@headgate/gateway";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { publishDemo } from "./demo.ts";
import { DEMO_APPLICATION, DEMO_STREAM } from "./known-names.ts";
import { TlsServers } from "./tls-servers.ts";

const bug = (): never => {
  throw new Error("a bug");
};

let gateway: Gateway;

beforeEach(() => {
  vi.useFakeTimers();
  ({ gateway } = createGateway(DEFAULT_GATEWAY_OPTIONS, pino({ level: "silent" })));
});

afterEach(async () => {
  await gateway.close();
  vi.useRealTimers();
});

test("a fault in the demo ends the demo alone", () => {
  publishDemo(gateway);
  const other = gateway.publish({ application: "live", name: "other" }) as Publication;
  const demo = gateway.streams.get(`${DEMO_APPLICATION}/${DEMO_STREAM}`)!;
  vi.advanceTimersByTime(500);
  const { head } = demo.log();
  expect(head).toBeGreaterThan(0);
  vi.spyOn(demo, "appendMedia").mockImplementation(bug);
  vi.advanceTimersByTime(5_000);
  expect([gateway.faults.countOf("task"), gateway.faults.total, demo.publisher]).toEqual([1, 1, undefined]);
  expect(other.active).toBe(true);
});

test("a fault in reading certificates again is counted, and the next time works", () => {
  const log = pino({ level: "silent" });
  const tls = new TlsServers({ handshakeMs: () => 1_000, acme: undefined, log, faults: gateway.faults });
  const told = vi.spyOn(log, "info").mockImplementationOnce(bug);
  tls.reload();
  expect(gateway.faults.countOf("task")).toBe(1);
  tls.reload();
  expect([gateway.faults.total, told.mock.calls.length]).toEqual([1, 2]);
  tls.close();
});
