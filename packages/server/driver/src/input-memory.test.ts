import { expect, test } from "vitest";
import { InputMemory } from "./input-memory.ts";

const HERE = "192.0.2.1";
const THERE = "192.0.2.2";

const peers = Array.from({ length: 3 }, (_, name) => ({ name }));
const [first, second, third] = peers as [object, object, object];

test("a peer that holds much is ended when all peers together hold too much", () => {
  const memory = new InputMemory(1_000_000);
  memory.hold(first, 600_000, HERE);
  memory.hold(second, 400_000, HERE);
  expect(() => memory.hold(third, 100_000, HERE)).toThrow(
    expect.objectContaining({ code: "INPUT_EXCEEDED" }),
  );
  memory.release(third);
  expect(memory.bytes).toBe(1_000_000);
});

test("a peer that holds little is not ended for what others hold", () => {
  const memory = new InputMemory(1_000_000);
  memory.hold(first, 1_000_000, HERE);
  memory.hold(second, 10_000, HERE);
  expect(memory.bytes).toBe(1_010_000);
});

test("as many peers as there may be cannot hold too much, each without blame", () => {
  const memory = new InputMemory(1_000_000, 100);
  memory.hold(first, 1_000_000, HERE);
  memory.hold(second, 10_000, HERE);
  expect(() => memory.hold(third, 10_001, HERE)).toThrow(expect.objectContaining({ code: "INPUT_EXCEEDED" }));
});

test("released bytes and closed peers are not counted", () => {
  const memory = new InputMemory(1_000_000);
  memory.hold(first, 500_000, HERE);
  memory.hold(first, 100, HERE);
  memory.hold(second, 300, HERE);
  memory.release(second);
  memory.hold(first, 0, HERE);
  expect(memory.bytes).toBe(0);
});

test("tells a holder that can let go, instead of throwing", () => {
  const memory = new InputMemory(1_000_000);
  expect([memory.tryHold(first, 900_000, HERE), memory.tryHold(second, 200_000, HERE)]).toEqual([
    true,
    false,
  ]);
  memory.release(second);
  expect([memory.tryHold(second, 100, HERE), memory.bytes]).toEqual([true, 900_100]);
});

test("what peers of one address hold, each a little, is no fault of those of others", () => {
  const memory = new InputMemory(1_000_000);
  for (let i = 0; i < 20; i += 1) memory.hold({}, 60_000, HERE);
  memory.hold(first, 300_000, THERE);
  expect(() => memory.hold(second, 100_000, HERE)).toThrow(
    expect.objectContaining({ code: "INPUT_EXCEEDED" }),
  );
  memory.release(second);
  expect(() => memory.hold(third, 300_000, THERE)).toThrow(
    expect.objectContaining({ code: "INPUT_EXCEEDED" }),
  );
  memory.release(third);
  memory.release(first);
  expect(memory.bytes).toBe(1_200_000);
});
