import { NO_FAULTS } from "@headgate/testkit";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createAdminServer } from "./admin-server.ts";

test("names that peers have given are spelled out where they have control characters, and are the same names", async () => {
  const name = "live/a\u009b2J\u202e\u2028\u007f";
  const relay = { kind: "pull", stream: name, target: "rtmp://h/live", state: "running" } as const;
  const relays = [{ ...relay, bytes: 0, retries: 0, lastError: undefined }];
  const server = createAdminServer({
    faults: NO_FAULTS,
    status: () => "ok",
    names: [],
    registry: new Registry(),
    relays: () => ({ relays, proxiedSessions: 0 }),
  });
  const reply = await server.inject("/api/v1/relays");
  await server.close();
  expect(reply.body).toMatch(/^[\x20-\x7e]*$/);
  expect(reply.json().relays[0].stream).toBe(name);
});
