import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { findPortOwner } from "./port-owner.ts";

async function listenOn(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

test.runIf(process.platform === "linux").each(["127.0.0.1", "0.0.0.0", "::"])(
  "the owner of a port on %s is found",
  async (host) => {
    const { server, port } = await listenOn(host);
    expect(findPortOwner(port)).toEqual({
      pid: process.pid,
      command: readFileSync("/proc/self/comm", "utf8").trim(),
    });
    await new Promise((resolve) => server.close(resolve));
    expect(findPortOwner(port)).toBeUndefined();
  },
);
