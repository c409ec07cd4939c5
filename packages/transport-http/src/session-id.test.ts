import { expect, test } from "vitest";
import { MAX_NODE_LENGTH, newSessionId, RANDOM_BYTES } from "./session-id.ts";

test("a session's id begins with the node's name, and has all of the randomness", () => {
  expect(newSessionId("eu1", new Uint8Array(RANDOM_BYTES))).toBe(`eu1${"0".repeat(25)}`);
  expect(newSessionId("", new Uint8Array(RANDOM_BYTES).fill(255))).toBe("f5lxx1zz5pnorynqglhzmsp33");
});

test("a session's id fits the smallest place a client has for it", () => {
  const id = newSessionId("n".repeat(MAX_NODE_LENGTH), new Uint8Array(RANDOM_BYTES).fill(255));
  expect(id).toMatch(/^[a-z0-9]{32}$/);
});
