import { expect, test } from "vitest";
import { readTunnelTarget } from "./tunnel-target.ts";

test.each([
  ["/open/1", { kind: "open" }],
  ["http://example.com:80/open/1", { kind: "open" }],
  ["/fcs/ident2", { kind: "ident" }],
  ["/fcs/ident", { kind: "ident" }],
  ["/send/aB3/0", { kind: "send", sessionId: "aB3", sequence: 0 }],
  ["/idle/aB3/4294967295", { kind: "idle", sessionId: "aB3", sequence: 4294967295 }],
  ["/idel/aB3/7", { kind: "idle", sessionId: "aB3", sequence: 7 }],
  ["HTTPS://example.com/idle/aB3/7?x=1", { kind: "idle", sessionId: "aB3", sequence: 7 }],
  ["/close/aB3/8", { kind: "close", sessionId: "aB3", sequence: 8 }],
  ["/close/aB3", { kind: "close", sessionId: "aB3", sequence: undefined }],
  ["/close/aB3/", { kind: "close", sessionId: "aB3", sequence: undefined }],
])("%s is a tunnel's", (target, meaning) => {
  expect(readTunnelTarget(target)).toEqual(meaning);
});

test.each([
  "/",
  "",
  "*",
  "/live/stream.flv",
  "/send/aB3",
  "/send/aB3/-1",
  "/send/aB3/1e9",
  "/send/a.b/1",
  "/fcs/x",
])("%s is none", (target) => {
  expect(readTunnelTarget(target)).toBeUndefined();
});
