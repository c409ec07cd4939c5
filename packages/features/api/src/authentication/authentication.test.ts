import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TokenOptions } from "../config.ts";
import { TestServer } from "../test-server.test.helper.ts";
import { MAX_WAITING } from "./failed-tries.ts";
import type { TokenScope } from "./scopes.ts";
import { hashOf, newToken, writtenHash } from "./token-hash.ts";

const [READ, CONTROL, CONFIG] = [newToken(), newToken(), newToken()];

function tokenOptions(name: string, token: string, ...scopes: TokenScope[]): TokenOptions {
  return { name, hash: hashOf(token), scopes };
}

const TOKENS = [
  tokenOptions("viewer", READ, "read"),
  tokenOptions("ops", CONTROL, "read", "control"),
  tokenOptions("root", CONFIG, "read", "control", "config"),
];

function withToken(token: string): { headers: { authorization: string } } {
  return { headers: { authorization: `Bearer ${token}` } };
}

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ tokens: TOKENS, compatibility: ["nginx-rtmp", "mediamtx"] });
});

afterEach(() => server.close());

describe("where there are tokens", () => {
  test.each([
    "/api/v1/streams",
    "/api/v1/clients/x",
    "/api/v1/docs",
    "/api/v1/openapi.json",
    "/stat",
    "/v3/paths/list",
    "/control/drop/client",
    "/nothing",
  ])("GET %s needs one", async (url) => {
    const reply = await server.get(url);
    expect(reply.statusCode).toBe(401);
    expect(reply.headers["www-authenticate"]).toContain("Bearer");
  });

  test("each opens what it is for, and no more", async () => {
    const status = async (token: string, method: "GET" | "DELETE", url: string) =>
      (await server.ask(method, url, withToken(token))).statusCode;
    const id = "ffffffffffff";
    const statuses = [];
    for (const token of [READ, CONTROL, CONFIG])
      statuses.push([
        await status(token, "GET", "/api/v1/streams"),
        await status(token, "DELETE", `/api/v1/clients/${id}`),
        await status(token, "GET", "/control/drop/client?app=live&name=cam"),
        await status(token, "GET", "/api/v1/config"),
      ]);
    expect(statuses).toEqual([
      [200, 403, 403, 403],
      [200, 404, 200, 403],
      [200, 404, 200, 200],
    ]);
  });

  test.each([
    ["in another case", READ.toUpperCase()],
    ["cut off", READ.slice(0, -1)],
    ["its hash", writtenHash(READ)],
    ["nothing", ""],
    ["two", `${READ} ${READ}`],
    ["endless", READ.repeat(100)],
  ])("one that is %s is none", async (_, token) => {
    expect((await server.get("/api/v1/streams", withToken(token))).statusCode).toBe(401);
  });

  test.each([
    ["in the query", { query: { token: READ, access_token: READ } }],
    ["in a cookie", { headers: { cookie: `token=${READ}` } }],
    ["as a password", { headers: { authorization: `Basic ${btoa(`ops:${READ}`)}` } }],
  ])("one %s does not count", async (_, options) => {
    expect((await server.get("/api/v1/streams", options)).statusCode).toBe(401);
  });

  test("wrong ones are counted and logged, but not repeated, and a right one is let in at once", async () => {
    const wrong = withToken("hgt_wr0ng");
    const waiting = Array.from({ length: MAX_WAITING }, () => server.get("/api/v1/streams", wrong));
    await server.settle();
    expect((await server.get("/api/v1/streams", wrong)).statusCode).toBe(429);
    expect((await server.get("/api/v1/streams", withToken(READ))).statusCode).toBe(200);
    for (const { statusCode } of await Promise.all(waiting)) expect(statusCode).toBe(401);
    const lines = server.log.filter(({ msg }) => msg === "wrong admin token");
    expect(lines).toMatchObject([{ tries: 1, remoteAddress: "127.0.0.1" }, { tries: 21 }]);
    expect(JSON.stringify(server.log)).not.toContain("wr0ng");
  });

  test("every change is logged with the name of its token, and nothing else is", async () => {
    await server.connect();
    const [id] = [...server.gateway.sessions.keys()];
    await server.get("/api/v1/clients", withToken(CONTROL));
    await server.ask("DELETE", `/api/v1/clients/${id}?x=s3cret`, withToken(READ));
    await server.ask("DELETE", `/api/v1/clients/${id}?x=s3cret`, withToken(CONTROL));
    const lines = server.log.filter(({ msg }) => msg === "change asked for");
    const line = { method: "DELETE", route: "/api/v1/clients/:id", id, remoteAddress: "127.0.0.1" };
    expect(lines).toMatchObject([
      { ...line, caller: "viewer", by: "token", status: 403 },
      { ...line, caller: "ops", by: "token", status: 200 },
    ]);
    expect(JSON.stringify(server.log)).not.toContain("s3cret");
    expect(JSON.stringify(server.log)).not.toContain(CONTROL);
  });
});

test("other tokens count at once, also the first and none", async () => {
  const tokens: TokenOptions[] = [];
  const changing = new TestServer({ tokens });
  const status = async (token: string) =>
    (await changing.get("/api/v1/streams", withToken(token))).statusCode;
  expect(await status(READ)).toBe(200);
  tokens.push(tokenOptions("viewer", CONTROL, "read"));
  expect([await status(READ), await status(CONTROL)]).toEqual([401, 200]);
  tokens.pop();
  expect(await status(READ)).toBe(200);
  await changing.close();
});

test("without tokens everybody is let in", async () => {
  const open = new TestServer();
  expect((await open.get("/api/v1/config")).statusCode).toBe(200);
  expect((await open.ask("DELETE", "/api/v1/clients/x")).statusCode).toBe(404);
  expect(open.log.filter(({ msg }) => msg === "change asked for")).toMatchObject([{ status: 404 }]);
  await open.close();
});
