import { expect, test } from "vitest";
import { isSessionId, MAX_NODE_LENGTH, newSessionId } from "./session-id.ts";

const KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);

test("a session's id begins with the node's name, and is never the same", () => {
  const ids = Array.from({ length: 1_000 }, () => newSessionId("eu1", KEY));
  expect(ids.every((id) => /^eu1[a-z0-9]{25}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a session's id fits the smallest place a client has for it", () => {
  expect(newSessionId("n".repeat(MAX_NODE_LENGTH), KEY)).toMatch(/^[a-z0-9]{32}$/);
});

test("an id is recognised with its key, and no other id is", () => {
  for (const node of ["", "eu1", "n".repeat(MAX_NODE_LENGTH)]) {
    for (let i = 0; i < 200; i += 1) {
      const id = newSessionId(node, KEY);
      expect([id, isSessionId(id, KEY), isSessionId(id, OTHER_KEY)]).toEqual([id, true, false]);
    }
  }
});

test("an id that was changed, cut, lengthened or made up is none", () => {
  const id = newSessionId("eu1", KEY);
  const changed = [...id].map(
    (character, at) => id.slice(0, at) + (character === "0" ? "1" : "0") + id.slice(at + 1),
  );
  const others = [
    "",
    "0",
    id.slice(1),
    id.slice(0, -1),
    `${id}0`,
    `0${id}`,
    id.toUpperCase(),
    "0".repeat(25),
  ];
  const odd = ["z".repeat(25), "z".repeat(60), `eu1${"é".repeat(25)}`, "__proto__", `${id}\n`];
  expect([...changed, ...others, ...odd].filter((text) => isSessionId(text, KEY))).toEqual([]);
});
