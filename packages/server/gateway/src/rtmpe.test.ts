import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TestClient } from "./test-client.test.helper.ts";
import { TestGateway, useVirtualTime } from "./test-gateway.test.helper.ts";

useVirtualTime({ vi, beforeEach, afterEach });

function connectEncrypted(world: TestGateway): TestClient {
  return world.connect("live", { handshake: "rtmpe" });
}

it.each([
  { name: "a plain", start: (world: TestGateway) => world.connect() },
  { name: "an encrypted", start: connectEncrypted },
])("encrypted and plain viewers get the same of $name publisher", ({ start }) => {
  const world = new TestGateway();
  const publisher = start(world);
  publisher.publish("cam");
  const viewers = [world.connect(), connectEncrypted(world), connectEncrypted(world)];
  for (const viewer of viewers) viewer.play("cam");
  for (const viewer of viewers) viewer.take();
  publisher.media("avcC", 0);
  for (let timestamp = 0; timestamp < 400; timestamp += 40) {
    publisher.media(timestamp % 200 === 0 ? "key" : "inter", timestamp, { length: 5_000 });
    publisher.media("aac", timestamp + 5);
  }
  const [plain, ...encrypted] = viewers.map((viewer) => viewer.take());
  expect(plain).toHaveLength(21);
  expect(encrypted).toEqual([plain, plain]);
  expect(world.gateway.faults.total).toBe(0);
});

it("a write that is enciphered in parts is the same as in one, also to a viewer that reads slowly", () => {
  const world = new TestGateway();
  const publisher = world.publisher();
  const viewers = [world.connect(), connectEncrypted(world)];
  for (const viewer of viewers) viewer.play("cam");
  publisher.media("avcC", 0);
  publisher.media("key", 0, { length: 500_000 });
  publisher.media("inter", 40, { length: 70_000 });
  const [plain, encrypted] = viewers.map((viewer) => viewer.take());
  expect(plain!.length).toBeGreaterThan(2);
  expect(encrypted).toEqual(plain);
});

it("pings and media share the keystream of a viewer", () => {
  const world = new TestGateway({ timeouts: { pingIntervalMs: 1000, pingTimeoutMs: 1000 } });
  const publisher = world.publisher();
  const viewer = connectEncrypted(world);
  viewer.play("cam");
  viewer.take();
  for (let timestamp = 0; timestamp < 5000; timestamp += 500) {
    publisher.media("key", timestamp);
    world.pass(500);
  }
  const heard = viewer.take();
  expect(heard.filter((text) => text.startsWith("key"))).toHaveLength(10);
  expect(heard.filter((text) => text === "ping").length).toBeGreaterThan(2);
  expect(viewer.closed).toBeUndefined();
});
