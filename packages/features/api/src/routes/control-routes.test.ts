import { afterEach, expect, test } from "vitest";
import { hashOf } from "../authentication/token-hash.ts";
import type { ServerControl } from "../server-control.ts";
import { TestServer } from "../test-server.test.helper.ts";

let server: TestServer;

afterEach(() => server.close());

const control: ServerControl = {
  drain: () => 25_000,
  reload: async () => ({ changes: [{ key: "applications.live.pull", in_force: "now" }] }),
};

test("a reload answers what has changed", async () => {
  server = new TestServer({ control });
  const reply = await server.ask("POST", "/api/v1/reload");
  expect([reply.statusCode, reply.json()]).toMatchObject([
    200,
    { code: 0, changes: [{ key: "applications.live.pull", in_force: "now" }] },
  ]);
});

test("a reload with mistakes answers all of them", async () => {
  const problems = ["headgate.yaml:1:1 /: wrong", "headgate.yaml:2:1 /: wrong, too"];
  server = new TestServer({ control: { ...control, reload: async () => ({ problems }) } });
  const reply = await server.ask("POST", "/api/v1/reload");
  expect([reply.statusCode, reply.json()]).toMatchObject([409, { code: 2055, problems }]);
});

test("draining answers how long it may take", async () => {
  server = new TestServer({ control });
  const reply = await server.ask("POST", "/api/v1/drain");
  expect([reply.statusCode, reply.json()]).toMatchObject([200, { code: 0, timeout_ms: 25_000 }]);
});

test.each([
  ["/api/v1/reload", "config"],
  ["/api/v1/drain", "control"],
] as const)("POST %s needs a token with the scope %s, and is logged", async (path, scope) => {
  const scopes = ["read", "control", "config"] as const;
  const tokens = scopes.map((each) => ({
    name: each,
    hash: hashOf(`token ${each}`.replace(" ", "-")),
    scopes: [each],
  }));
  server = new TestServer({ control, tokens });
  for (const each of scopes) {
    const headers = { authorization: `Bearer token-${each}` };
    const { statusCode } = await server.ask("POST", path, { headers });
    expect([each, statusCode]).toEqual([each, each === scope ? 200 : 403]);
  }
  const audits = server.log.filter(({ msg, status }) => msg === "change asked for" && status === 200);
  expect(audits).toMatchObject([{ caller: scope, route: path }]);
});
