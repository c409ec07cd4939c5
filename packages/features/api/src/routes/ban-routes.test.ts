import { afterEach, beforeEach, expect, test } from "vitest";
import { hashOf, newToken } from "../authentication/token-hash.ts";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer();
});

afterEach(() => server.close());

const post = (payload: object) => server.ask("POST", "/api/v1/bans", { payload });

test("bans are made, listed and lifted", async () => {
  const made = await post({ address: "203.0.113.0/24", seconds: 60, reason: "spam" });
  expect(made.json()).toMatchObject({
    code: 0,
    ban: {
      id: "0",
      address: "203.0.113.0/24",
      identity: null,
      stream: null,
      until: "1970-01-01T00:01:00.000Z",
    },
  });
  await post({ identity: "guest-*", stream: "live/*" });
  const { bans } = (await server.get("/api/v1/bans")).json();
  expect(bans).toMatchObject([{ reason: "spam" }, { identity: "guest-*", stream: "live/*", until: null }]);
  expect((await server.ask("DELETE", "/api/v1/bans/0")).json().code).toBe(0);
  expect((await server.get("/api/v1/bans")).json().bans).toHaveLength(1);
});

test("the log says who is banned", async () => {
  await post({ address: "203.0.113.7", reason: "spam" });
  expect(server.log.find(({ msg }) => msg === "change asked for")).toMatchObject({
    route: "/api/v1/bans",
    status: 200,
    ban: { id: "0", address: "203.0.113.7", reason: "spam" },
  });
});

test("what cannot be banned is told", async () => {
  expect(await post({ address: "nowhere" })).toMatchObject({ statusCode: 409 });
  for (let count = 0; count < 2; count += 1) await post({ address: "192.0.2.1" });
  const refused = await post({ address: "192.0.2.1" });
  expect([refused.statusCode, refused.json().code]).toEqual([409, 2053]);
  const absent = await server.ask("DELETE", "/api/v1/bans/9");
  expect([absent.statusCode, absent.json().code]).toEqual([404, 2052]);
});

test.each([
  [{}],
  [{ reason: "nobody" }],
  [{ address: "192.0.2.1", seconds: 0 }],
  [{ address: "" }],
  [{ address: "192.0.2.1", user: "alice" }],
  [{ stream: "too long".repeat(100) }],
])("%o is no ban", async (body) => {
  expect((await post(body)).statusCode).toBe(400);
});

test("a token that only reads cannot ban", async () => {
  const [reading, controlling] = [newToken(), newToken()];
  const guarded = new TestServer({
    tokens: [
      { name: "viewer", hash: hashOf(reading), scopes: ["read"] },
      { name: "operator", hash: hashOf(controlling), scopes: ["read", "control"] },
    ],
  });
  const ask = async (method: "GET" | "POST", token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const payload = method === "POST" ? { address: "192.0.2.1" } : undefined;
    return (await guarded.ask(method, "/api/v1/bans", { headers, ...(payload && { payload }) })).statusCode;
  };
  expect(await ask("POST", reading)).toBe(403);
  expect(await ask("POST", controlling)).toBe(200);
  expect(await ask("GET", reading)).toBe(200);
  expect(JSON.stringify(guarded.log)).toContain("operator");
  await guarded.close();
});
