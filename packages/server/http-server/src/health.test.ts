import { NO_FAULTS } from "@headgate/testkit";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createAdminServer } from "./admin-server.ts";
import type { HealthStatus } from "./health.ts";
import { VERSION } from "./version.ts";

const NO_RELAYS = () => ({ relays: [], proxiedSessions: 0 });

async function healthWhen(status: HealthStatus) {
  const server = createAdminServer({
    faults: NO_FAULTS,
    names: [],
    status: () => status,
    registry: new Registry(),
    relays: NO_RELAYS,
  });
  const reply = await server.inject("/healthz");
  await server.close();
  return { code: reply.statusCode, type: reply.headers["content-type"], body: reply.json() };
}

test("GET /healthz is 200 once the gateway can be reached", async () => {
  expect(await healthWhen("ok")).toEqual({
    code: 200,
    type: "application/json; charset=utf-8",
    body: { status: "ok", version: VERSION, uptimeSeconds: expect.any(Number) },
  });
});

test.each(["starting", "draining"] as const)(
  "GET /healthz is 503 while the gateway is %s",
  async (status) => {
    const { code, body } = await healthWhen(status);
    expect(code).toBe(503);
    expect(body).toMatchObject({ status });
  },
);

test("the admin server has nothing else", async () => {
  const server = createAdminServer({
    faults: NO_FAULTS,
    names: [],
    status: () => "ok",
    registry: new Registry(),
    relays: NO_RELAYS,
  });
  expect((await server.inject("/")).statusCode).toBe(404);
  expect((await server.inject({ method: "POST", url: "/healthz" })).statusCode).toBe(404);
  await server.close();
});
