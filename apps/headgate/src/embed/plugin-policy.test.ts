import type { PlayAttempt } from "@headgate/gateway";
import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { Handlers } from "./handlers.ts";
import { PluginPolicy } from "./plugin-policy.ts";
import type { StreamRequest } from "./public-types.ts";

let handlers: Handlers;
let policy: PluginPolicy;
let lines: string[];

beforeEach(() => {
  lines = [];
  handlers = new Handlers(pino({}, { write: (line: string) => void lines.push(line) }));
  policy = new PluginPolicy(handlers);
});

/** What the policy reads of a request. */
const ATTEMPT = {
  peer: {
    session: {
      id: "0123456789ab",
      transport: "rtmp",
      remoteAddress: "192.0.2.1",
      remotePort: 4711,
      identity: undefined,
      connect: { query: "token=two" },
    },
  },
  key: { path: "live/cam" },
  stream: { name: "cam", query: "key=one" },
  grants: { identity: "alice" },
} as unknown as PlayAttempt;

test("without handlers a request is allowed at once", () => {
  expect(policy.play(ATTEMPT)).toEqual({ kind: "allow" });
});

test("a handler sees who asks for what, and with which queries", async () => {
  const seen: StreamRequest[] = [];
  handlers.add("play", (request) => void seen.push(request));
  expect(await policy.play(ATTEMPT)).toEqual({ kind: "allow" });
  expect(seen).toMatchObject([
    { stream: "live/cam", query: "key=one&token=two", session: { id: "0123456789ab", identity: "alice" } },
  ]);
  expect(() => seen[0]?.refuse("too late")).toThrow("decided already");
});

test("the first that refuses decides, and the client can show its reason", async () => {
  const asked: number[] = [];
  handlers.add("play", async (request) => {
    asked.push(1);
    await Promise.resolve();
    request.refuse(`no\n${"!".repeat(1_000)}`);
  });
  handlers.add("play", () => void asked.push(2));
  const verdict = await policy.play(ATTEMPT);
  expect(verdict).toMatchObject({ kind: "deny", status: "NetStream.Play.Failed", reason: "PLUGIN_DENIED" });
  expect("description" in verdict && verdict.description).toMatch(/^no\\u000a!+$/);
  expect("description" in verdict && verdict.description.length).toBeLessThan(270);
  expect(asked).toEqual([1]);
});

test("a handler that throws refuses, and the client does not hear why", async () => {
  handlers.add("play", async () => {
    throw new Error("no database");
  });
  const verdict = await policy.play(ATTEMPT);
  expect(verdict).toMatchObject({ kind: "deny", reason: "PLUGIN_FAILED" });
  expect(JSON.stringify(verdict)).not.toContain("database");
  expect(lines.join("")).toContain("no database");
});
