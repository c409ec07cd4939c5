import { expect, it } from "vitest";
import { TunnelServer } from "./tunnel-server.ts";

it("counts an unread reply of another process's session, whose bytes nobody else counts", () => {
  const held: [bytes: number, address: string][] = [];
  const server = new TunnelServer({
    node: "",
    idKey: new Uint8Array(32),
    maxReplyBytes: 1000,
    memory: { tryHold: (_, bytes, address) => held.push([bytes, address]) > 0, release: () => {} },
    faults: { report: () => {}, unrecoverable: () => {} },
    onLink: (link) => link.destroy(),
    onForeign: ({ answer }) => {
      answer(200, new Uint8Array(700));
      return () => {};
    },
  });
  const connection = { unreadBytes: 0, destroy: () => {} };
  server.request(
    {
      peer: { isSecure: false, remoteAddress: "192.0.2.1", remotePort: 4711, hopsOf: () => [] },
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
