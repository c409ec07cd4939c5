import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { NO_FAULTS } from "@headgate/testkit";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "./config/load-config.ts";
import { createAdmin } from "./create-admin.ts";
import { makeDevelopmentCertificate } from "./development-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-admin-"));

let admin: FastifyInstance;
let port: number;

beforeAll(async () => {
  const { cert, key } = makeDevelopmentCertificate(folder, ["localhost"]);
  const { config } = loadConfig(
    { name: "headgate.yaml", content: JSON.stringify({ admin: { tls: { cert, key } } }) },
    {},
  );
  const log = pino({ level: "silent" });
  admin = createAdmin({ config: config! }, { log, faults: NO_FAULTS, routes: [] });
  await admin.listen({ host: "127.0.0.1", port: 0 });
  port = (admin.server.address() as AddressInfo).port;
});

afterAll(async () => {
  await admin.close();
  rmSync(folder, { recursive: true });
});

async function dial(): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  socket.on("error", () => {}).resume();
  await once(socket, "secureConnect");
  return socket;
}

test("who floods the admin server with records of TLS is disconnected, as on the ports for media", async () => {
  const socket = await dial();
  let written = 0;
  for (; !socket.destroyed && written < 20_000; written += 1)
    await new Promise((resolve) => socket.write(written === 0 ? "GET / HTTP/1.1\r\nX: " : "a", resolve));
  expect(written).toBeLessThan(10_000);
});

test("connections that do not shake hands do not delay the end", async () => {
  const silent = connectTcp(port, "127.0.0.1");
  silent.on("error", () => {}).resume();
  await once(silent, "connect");
  // After the server has accepted it.
  (await dial()).destroy();
  const beganMs = performance.now();
  await admin.close();
  expect(performance.now() - beganMs).toBeLessThan(2_000);
});
