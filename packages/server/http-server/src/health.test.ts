import { fastify } from "fastify";
import { expect, test } from "vitest";
import { type HealthStatus, health } from "./health.ts";

async function answerWhen(status: HealthStatus, path = "/healthz") {
  const server = fastify();
  server.register(health("1.2.3", () => status));
  const reply = await server.inject(path);
  await server.close();
  return { code: reply.statusCode, type: reply.headers["content-type"], body: reply.json() };
}

test.each(["/healthz", "/readyz"])("GET %s is 200 once the gateway can be reached", async (path) => {
  expect(await answerWhen("ok", path)).toEqual({
    code: 200,
    type: "application/json; charset=utf-8",
    body: { status: "ok", version: "1.2.3", uptimeSeconds: expect.any(Number) },
  });
});

test.each([
  ["/healthz", "starting", 503],
  ["/readyz", "starting", 503],
  ["/healthz", "draining", 200],
  ["/readyz", "draining", 503],
] as const)("of GET %s while the gateway is %s, the code is %i", async (path, status, code) => {
  expect(await answerWhen(status, path)).toMatchObject({ code, body: { status } });
});
