import { expect, test } from "vitest";
import { InputMemory } from "./input-memory.ts";

const peers = Array.from({ length: 3 }, (_, name) => ({ name }));
const [first, second, third] = peers as [object, object, object];

test("a peer that holds much is ended when all peers together hold too much", () => {
  const memory = new InputMemory(1_000_000);
  memory.hold(first, 600_000);
  memory.hold(second, 400_000);
  expect(() => memory.hold(third, 100_000)).toThrow(expect.objectContaining({ code: "INPUT_EXCEEDED" }));
  memory.release(third);
  expect(memory.bytes).toBe(1_000_000);
});

test("a peer that holds little is not ended for what others hold", () => {
  const memory = new InputMemory(1_000_000);
  memory.hold(first, 1_000_000);
  memory.hold(second, 10_000);
  expect(memory.bytes).toBe(1_010_000);
});

test("released bytes and closed peers are not counted", () => {
  const memory = new InputMemory(1_000_000);
  memory.hold(first, 500_000);
  memory.hold(first, 100);
  memory.hold(second, 300);
  memory.release(second);
  memory.hold(first, 0);
  expect(memory.bytes).toBe(0);
});

test("tells a holder that can let go, instead of throwing", () => {
  const memory = new InputMemory(1_000_000);
  expect([memory.tryHold(first, 900_000), memory.tryHold(second, 200_000)]).toEqual([true, false]);
  memory.release(second);
  expect([memory.tryHold(second, 100), memory.bytes]).toEqual([true, 900_100]);
});
