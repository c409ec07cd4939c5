import { NO_FAULTS } from "@headgate/testkit";
import { expect, test } from "vitest";
import { type ForeignRequest, TunnelServer } from "./tunnel-server.ts";

test("a request of another process's session is passed on with memory of its own", () => {
  const passed: ForeignRequest[] = [];
  const tunnels = new TunnelServer({
    node: "",
    idKey: new Uint8Array(32),
    maxReplyBytes: 1000,
    memory: { tryHold: () => true, release: () => {} },
    faults: NO_FAULTS,
    onLink: (link) => link.destroy(),
    onForeign: (request) => {
      passed.push(request);
      return () => {};
    },
  });
  const peer = { isSecure: false, remoteAddress: "192.0.2.1", remotePort: 1 };
  const target = { kind: "send", sessionId: "abc", sequence: 7 } as const;
  const body = Buffer.from("hello");
  tunnels.request({ peer, target, headers: {} }, body, () => {});
  body.fill(0);
  expect(passed.map(({ path, body }) => [path, Buffer.from(body).toString()])).toEqual([
    ["/send/abc/7", "hello"],
  ]);
});
