import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

const MERGED = { merge: { maxWindowMs: 100 } };
/** Until what a publisher sends has been seen. Milliseconds. */
const SEEN_MS = 3_000;

function send(test: TestGateway, publisher: TestClient, fromMs: number, ms: number): void {
  for (let atMs = fromMs; atMs < fromMs + ms; atMs += 100) {
    publisher.media(atMs % 1_000 === 0 ? "key" : "inter", atMs);
    test.pass(100);
  }
}

it("a publisher without viewers is read in rounds, once it has been seen for a while", () => {
  const test = new TestGateway(MERGED);
  const awaited = vi.spyOn(test.driverContext.readRounds, "await");
  const publisher = test.publisher("cam", { transport: "rtmp" });
  send(test, publisher, 0, SEEN_MS - 200);
  expect(awaited).not.toHaveBeenCalled();
  send(test, publisher, SEEN_MS - 200, 1_200);
  expect(awaited.mock.calls.length).toBeGreaterThanOrEqual(9);
});

it("a viewer that comes later gets what was read in rounds", () => {
  const test = new TestGateway(MERGED);
  const publisher = test.publisher("cam", { transport: "rtmp" });
  send(test, publisher, 0, SEEN_MS + 2_000);
  const viewer = test.viewer();
  send(test, publisher, 5_000, 1_000);
  expect(viewer.take().filter((text) => /^(key|inter) /.test(text)).length).toBeGreaterThanOrEqual(10);
});

it.each([
  ["through a tunnel", { transport: "rtmpt" }, MERGED],
  ["where nothing is merged", { transport: "rtmp" }, {}],
] as const)("a publisher is read as it comes %s", (_, connect, options) => {
  const test = new TestGateway(options);
  const awaited = vi.spyOn(test.driverContext.readRounds, "await");
  send(test, test.publisher("cam", connect), 0, SEEN_MS + 1_000);
  expect(awaited).not.toHaveBeenCalled();
});

it("a publisher that leaves while it waits for a round is noticed", () => {
  const test = new TestGateway(MERGED);
  const publisher = test.publisher("cam", { transport: "rtmp" });
  send(test, publisher, 0, SEEN_MS + 1_000);
  publisher.pair.far.end();
  test.pass(200);
  expect(test.story).toContain("session ended");
});
