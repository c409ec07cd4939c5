import { NO_FAULTS } from "@headgate/testkit";
import { expect, test } from "vitest";
import { type ForeignRequest, TunnelServer } from "./tunnel-server.ts";

const PEER = { isSecure: false, remoteAddress: "192.0.2.1", remotePort: 4711, hopsOf: () => [] };
const OPTIONS = {
  node: "",
  idKey: new Uint8Array(32),
  maxReplyBytes: 1000,
  faults: NO_FAULTS,
  onLink: (link: { destroy(): void }) => link.destroy(),
};

test("a request of another process's session is passed on with memory of its own", () => {
  const passed: ForeignRequest[] = [];
  const tunnels = new TunnelServer({
    ...OPTIONS,
    memory: { tryHold: () => true, release: () => {} },
    onForeign: (request) => {
      passed.push(request);
      return () => {};
    },
  });
  const connection = { unreadBytes: 0, destroy: () => {} };
  const target = { kind: "send", sessionId: "abc", sequence: 7 } as const;
  const body = Buffer.from("hello");
  tunnels.request({ peer: PEER, connection, target, headers: {} }, body, () => {});
  body.fill(0);
  expect(passed.map(({ path, body }) => [path, Buffer.from(body).toString()])).toEqual([
    ["/send/abc/7", "hello"],
  ]);
});

test("an unread reply of another process's session is counted, because nobody else counts its bytes", () => {
  const held: [bytes: number, address: string][] = [];
  const tunnels = new TunnelServer({
    ...OPTIONS,
    memory: { tryHold: (_, bytes, address) => held.push([bytes, address]) > 0, release: () => {} },
    onForeign: ({ answer }) => {
      answer(200, new Uint8Array(700));
      return () => {};
    },
  });
  const connection = { unreadBytes: 0, destroy: () => {} };
  tunnels.request(
    {
      peer: PEER,
      connection,
      target: { kind: "idle", sessionId: "0123456789", sequence: 1 },
      headers: {},
    },
    new Uint8Array(1),
    ({ reply }) => {
      connection.unreadBytes = reply!.length;
    },
  );
  expect(held).toEqual([
    [1, "192.0.2.1"],
    [700, "192.0.2.1"],
  ]);
});

test("a request of a session that no process has leaves nothing behind", () => {
  const held = new Set<object>();
  const memory = {
    tryHold: (holder: object) => held.add(holder).size > 0,
    release: (holder: object) => held.delete(holder),
  };
  const tunnels = new TunnelServer({ ...OPTIONS, memory, onForeign: () => undefined });
  const connection = { unreadBytes: 0, destroy: () => {} };
  const target = { kind: "send", sessionId: "abc", sequence: 7 } as const;
  const statuses: number[] = [];
  tunnels.request({ peer: PEER, connection, target, headers: {} }, new Uint8Array(100), ({ status }) =>
    statuses.push(status),
  );
  expect([statuses, held.size]).toEqual([[404], 0]);
});
