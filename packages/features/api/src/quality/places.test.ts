import { expect, test } from "vitest";
import { Places } from "./places.ts";

function letters(places: Places<string, string>): string {
  return [...places].map(([thing]) => thing).join("");
}

test("the first to come have the places, and what is preferred takes the oldest of the others", () => {
  const places = new Places<string, string>(3);
  for (const thing of "abcd") places.add(thing, () => thing);
  expect(letters(places)).toBe("abc");
  expect(places.add("d", () => "d")).toBeUndefined();
  expect(places.prefer("d", () => "new")).toBe("new");
  expect(letters(places)).toBe("dbc");
  expect(places.prefer("c", () => "another")).toBe("c");
  expect(places.prefer("e", () => "e")).toBe("e");
  expect(letters(places)).toBe("dce");
  expect(places.prefer("f", () => "f")).toBeUndefined();
  places.delete("c");
  expect(places.add("f", () => "f")).toBe("f");
  expect(places.size).toBe(3);
});
