import { type AddressInfo, connect, type Socket } from "node:net";
import { NO_FAULTS } from "@headgate/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { createAdminServer, MAX_ADMIN_CONNECTIONS } from "./admin-server.ts";
import { health } from "./health.ts";

const NAME = "live/a\u009b2J\u202e\u2028\u007f\u{1d173}ä";

const server = createAdminServer({
  faults: NO_FAULTS,
  names: [],
  routes: [
    health("1.2.3", () => "ok"),
    (app, _, done) => {
      app.get("/name", () => ({ name: NAME }));
      done();
    },
  ],
});

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

test("it has the routes that it was given and nothing else", async () => {
  expect((await server.inject("/healthz")).statusCode).toBe(200);
  expect((await server.inject("/")).statusCode).toBe(404);
  expect((await server.inject({ method: "POST", url: "/healthz" })).statusCode).toBe(404);
});

test("names that peers have given are spelled out where they have control characters, and are the same names", async () => {
  const reply = await server.inject("/name");
  expect(reply.body).toMatch(/^[\x20-\x7e]*$/);
  expect(reply.json().name).toBe(NAME);
});

test("so many connections are open at once, and those beyond are closed", async () => {
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  let closed = 0;
  for (let i = 0; i < MAX_ADMIN_CONNECTIONS + 3; i += 1) {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      closed += 1;
    });
    socket.resume();
  }
  await vi.waitFor(() => expect(closed).toBe(3), { timeout: 5_000 });
  await server.close();
});
