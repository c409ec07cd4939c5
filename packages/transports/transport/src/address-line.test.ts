import { expect, test } from "vitest";
import { AddressLine } from "./address-line.ts";

function lineOf(items: readonly (readonly [key: string, item: string])[]): AddressLine<string> {
  const line = new AddressLine<string>();
  for (const [key, item] of items) line.add(key, item);
  return line;
}

function takeAll(line: AddressLine<string>): string[] {
  const taken: string[] = [];
  for (let item = line.take(); item !== undefined; item = line.take()) taken.push(item);
  return taken;
}

const FLOOD = Array.from({ length: 100 }, (_, index) => ["192.0.2.1", `flood ${index}`] as const);

test("addresses take turns, and the items of each keep their order", () => {
  const line = lineOf([
    ["a", "a1"],
    ["a", "a2"],
    ["a", "a3"],
    ["b", "b1"],
    ["c", "c1"],
    ["b", "b2"],
  ]);
  expect(takeAll(line)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
});

test("nothing waits for more than one item of each other address", () => {
  const line = lineOf(FLOOD);
  line.take();
  line.add("192.0.2.2", "late");
  expect([line.take(), line.take()]).toEqual(["flood 1", "late"]);
});

test("an address that may not go is passed over, and keeps its turn", () => {
  const line = lineOf([
    ["a", "a1"],
    ["b", "b1"],
    ["b", "b2"],
  ]);
  expect(line.take((key) => key !== "a")).toBe("b1");
  expect(line.take(() => false)).toBeUndefined();
  expect(takeAll(line)).toEqual(["a1", "b2"]);
});

test("an item that is added again keeps its place, and one that is deleted has none", () => {
  const line = lineOf([
    ["a", "a1"],
    ["a", "a2"],
    ["a", "a1"],
  ]);
  expect([line.size, line.sizeOf("a"), line.sizeOf("b")]).toEqual([2, 2, 0]);
  expect([line.delete("a", "a1"), line.delete("a", "a1"), line.delete("b", "a2")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(takeAll(line)).toEqual(["a2"]);
});

test("nothing is kept of addresses that wait no longer", () => {
  const line = lineOf([...FLOOD, ["192.0.2.2", "one"]]);
  line.delete("192.0.2.2", "one");
  takeAll(line);
  expect([line.size, [...line.keys()]]).toEqual([0, []]);
});
