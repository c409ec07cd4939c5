import { type AddressInfo, connect, type Socket } from "node:net";
import { NO_FAULTS } from "@headgate/testkit";
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { createAdminServer, MAX_ADMIN_CONNECTIONS } from "./admin-server.ts";

const server = createAdminServer({
  faults: NO_FAULTS,
  names: [],
  status: () => "ok",
  registry: new Registry(),
  relays: () => ({ relays: [], proxiedSessions: 0 }),
});

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
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
});
