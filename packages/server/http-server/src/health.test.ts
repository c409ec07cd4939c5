import { fastify } from "fastify";
import { expect, test } from "vitest";
import { type HealthStatus, health } from "./health.ts";

async function healthWhen(status: HealthStatus) {
  const server = fastify();
  server.register(health("1.2.3", () => status));
  const reply = await server.inject("/healthz");
  await server.close();
  return { code: reply.statusCode, type: reply.headers["content-type"], body: reply.json() };
}

test("GET /healthz is 200 once the gateway can be reached", async () => {
  expect(await healthWhen("ok")).toEqual({
    code: 200,
    type: "application/json; charset=utf-8",
    body: { status: "ok", version: "1.2.3", uptimeSeconds: expect.any(Number) },
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
