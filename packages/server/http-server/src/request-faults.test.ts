import { fastify } from "fastify";
import { expect, test } from "vitest";
import { reportRequestFaults } from "./request-faults.ts";

test("a fault in the answer to a request is a 500 that tells nothing, is counted, and leaves the server", async () => {
  const faults: string[] = [];
  const server = fastify();
  reportRequestFaults(server, {
    faults: {
      report: (scope, error) => faults.push(`${scope}: ${(error as Error).message}`),
      unrecoverable: (error) => expect.unreachable(String(error)),
    },
  });
  server.get("/well", () => "well");
  server.post("/well", () => "well");
  server.get("/bug", () => {
    throw new Error("a bug");
  });
  const reply = await server.inject("/bug");
  expect([reply.statusCode, reply.body.includes("bug")]).toEqual([500, false]);
  expect((await server.inject("/well")).statusCode).toBe(200);
  expect(faults).toEqual(["request: a bug"]);
  const headers = { "content-type": "application/json" };
  const unreadable = await server.inject({ method: "POST", url: "/well", payload: "{", headers });
  expect(unreadable.statusCode).toBe(400);
  expect(faults).toHaveLength(1);
  await server.close();
});
