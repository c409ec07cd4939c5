import { expect, test } from "vitest";
import { type WrittenPart, YamlSource } from "./yaml-source.ts";

/** `name@line:column`, with what is within in brackets. */
function spelled(parts: readonly WrittenPart[]): string {
  return parts
    .map(({ name, position, parts: within }) => `${name}@${position.replace("f:", "")}[${spelled(within())}]`)
    .join(" ");
}

test.each([
  ["", ""],
  ["5", ""],
  ["a: 1\nb:\n  c: {d: 2}\n", "a@1:1[] b@2:1[c@3:3[d@3:7[]]]"],
  ['{"b": [true,\n\t{"x": null}], "1": 2}', "b@1:2[0@1:8[] 1@2:2[x@2:3[]]] 1@2:16[]"],
  ["a: &x {y: 1}\nb: *x\n", "a@1:1[y@1:8[]] b@2:1[y@2:1[]]"],
  ["2: a\n1: b\n~: c\n", "2@1:1[] 1@2:1[] @3:1[]"],
])("the parts of %j are in the order of the file, with their positions", (content, expected) => {
  expect(spelled(new YamlSource("f", content).parts())).toBe(expected);
});

test("parts have their values, whatever their names", () => {
  const parts = new YamlSource("f", "__proto__: 1\nconstructor: [2]\n").parts();
  expect(parts.map(({ value }) => value)).toEqual([1, [2]]);
});
