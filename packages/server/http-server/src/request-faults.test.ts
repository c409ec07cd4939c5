import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createAdminServer } from "./admin-server.ts";

test("a fault in the answer to a request is a 500 that tells nothing, is counted, and leaves the server", async () => {
  const faults: string[] = [];
  const server = createAdminServer({
    names: [],
    status: () => "ok",
    registry: new Registry(),
    relays: () => {
      throw new Error("a bug");
    },
    faults: {
      report: (scope, error) => faults.push(`${scope}: ${(error as Error).message}`),
      unrecoverable: (error) => expect.unreachable(String(error)),
    },
  });
  const reply = await server.inject("/api/v1/relays");
  expect([reply.statusCode, reply.body.includes("bug")]).toEqual([500, false]);
  expect((await server.inject("/healthz")).statusCode).toBe(200);
  expect(faults).toEqual(["request: a bug"]);
  const body = {
    method: "POST",
    url: "/api/v1/relays",
    payload: "{",
    headers: { "content-type": "application/json" },
  };
  expect((await server.inject(body as never)).statusCode).toBeLessThan(500);
  expect(faults).toHaveLength(1);
  await server.close();
});
