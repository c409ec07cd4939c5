import { afterEach, beforeEach, expect, test } from "vitest";
import { hashOf } from "../authentication/token-hash.ts";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

function log(msg: string): void {
  server.tail.add(JSON.stringify({ level: "warn", time: "2026-12-01T10:00:00.000Z", msg, port: 1935 }));
}

test("the newest lines are told, and then those that have come since", async () => {
  for (const name of ["first", "second", "third"]) log(name);
  const { lines, next } = (await server.get("/api/v1/log?count=2")).json();
  expect(lines).toMatchObject([
    { message: "second" },
    { message: "third", level: "warn", fields: { port: 1935 } },
  ]);
  log("fourth");
  const { lines: later } = (await server.get(`/api/v1/log?after=${next}`)).json();
  expect(later).toMatchObject([{ message: "fourth" }]);
});

test.each(["count=501", "count=0", `after=${"x".repeat(2_049)}`])("not: %s", async (query) => {
  expect((await server.get(`/api/v1/log?${query}`)).statusCode).toBe(400);
});

test("it needs the scope read", async () => {
  const guarded = new TestServer({ tokens: [{ name: "ops", hash: hashOf("other"), scopes: ["control"] }] });
  const headers = { authorization: "Bearer other" };
  expect((await guarded.get("/api/v1/log", { headers })).statusCode).toBe(403);
  expect((await guarded.get("/api/v1/log")).statusCode).toBe(401);
  await guarded.close();
});
