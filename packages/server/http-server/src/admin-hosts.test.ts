import { NO_FAULTS } from "@headgate/testkit";
import { afterAll, expect, test } from "vitest";
import { createAdminServer } from "./admin-server.ts";
import { health } from "./health.ts";

const server = createAdminServer({
  faults: NO_FAULTS,
  names: () => ["gateway.internal"],
  routes: [health("1.2.3", () => "ok")],
});

afterAll(() => server.close());

test.each([
  "localhost",
  "LOCALHOST:1985",
  "localhost.",
  "127.0.0.1:1985",
  "10.1.2.3",
  "[::1]:1985",
  "[::1]",
  "gateway.internal:1985",
  "Gateway.Internal",
])("Host %s is answered", async (host) => {
  expect((await server.inject({ url: "/healthz", headers: { host } })).statusCode).toBe(200);
});

test.each([
  "attacker.example",
  "attacker.example:1985",
  "localhost.attacker.example",
  "127.0.0.1.attacker.example",
  "x.gateway.internal",
  "localhost:1985@attacker.example",
  "::1.attacker.example",
])("Host %s is refused, whatever is asked for", async (host) => {
  for (const url of ["/healthz", "/metrics", "/nothing", "/%zz"]) {
    const reply = await server.inject({ url, headers: { host } });
    expect([400, 421]).toContain(reply.statusCode);
    expect(reply.body).not.toContain(host);
  }
  expect((await server.inject({ url: "/metrics", headers: { host } })).body).toContain("admin.hosts");
});
