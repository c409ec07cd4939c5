import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";

test("ports that are asked for one after the other differ, though nothing listens on the first yet", async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  expect(new Set(ports).size).toBe(3);
});

test("a port on which a server listens is passed over", async () => {
  const before = await freePort();
  const server = createServer().listen(before + 1, "127.0.0.1");
  // If another program has the port, something listens on it just as well.
  await new Promise((resolve) => server.once("listening", resolve).once("error", resolve));
  expect(await freePort()).not.toBe(before + 1);
  server.close();
});
