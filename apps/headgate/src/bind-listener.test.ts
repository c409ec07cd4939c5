import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { ACME } from "@headgate/acme";
import { defaultsOf } from "@headgate/config";
import { createGateway, DEFAULT_GATEWAY_OPTIONS, DEFAULT_TIMEOUTS } from "@headgate/gateway";
import { freePort } from "@headgate/testkit";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { bindListener } from "./bind-listener.ts";
import type { ListenerOptions } from "./config/config.ts";

const log = pino({ level: "silent" });
const { gateway } = createGateway({ ...DEFAULT_GATEWAY_OPTIONS, applications: new Map() }, log);
const http = { accept: () => {} };
const servers: Server[] = [];
afterAll(async () => {
  for (const server of servers) server.close();
  await gateway.close();
});

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function bind(port: number, fallbackPort?: number) {
  const listener: ListenerOptions = {
    host: "127.0.0.1",
    port,
    protocols: ["rtmp"],
    tls: { certificates: [], minVersion: "TLSv1.2", maxVersion: "TLSv1.3", acme: defaultsOf(ACME) },
    trustedProxies: [],
    trustedHeader: "X-Forwarded-For",
    ...(fallbackPort !== undefined && { fallbackPort }),
  };
  return bindListener(
    { gateway, http, timeouts: () => DEFAULT_TIMEOUTS, send: undefined, log },
    listener,
    0,
    undefined,
  );
}

test("a default port that is taken gives way to the one beside it, with the reason", async () => {
  const [port, fallbackPort] = [await takenPort(), await freePort()];
  const binding = await bind(port, fallbackPort);
  expect(binding).toMatchObject({ bound: { port: fallbackPort, insteadOf: { port, reason: "taken" } } });
  if (typeof binding === "object") await binding.close();
});

test("a default port that can be had is taken", async () => {
  const port = await freePort();
  const binding = await bind(port, await takenPort());
  expect(binding).toMatchObject({ bound: { host: "127.0.0.1", port, protocols: ["rtmp"], hasTls: false } });
  if (typeof binding === "object") await binding.close();
});

test("a default that can be had nowhere is left out", async () => {
  expect(await bind(await takenPort(), await takenPort())).toBeUndefined();
});

test("a configured port that is taken is an error", async () => {
  const port = await takenPort();
  expect(await bind(port)).toContain(`cannot listen on port ${port} (listeners[0]): `);
});
