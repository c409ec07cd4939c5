import { expect, test } from "vitest";
import { parse } from "yaml";
import { yaml } from "./yaml.ts";

test("it reads as a file would be written", () => {
  const config = {
    log: { level: "info" },
    listeners: [{ port: 1935, protocols: ["rtmp"] }, { port: 443 }],
    none: [],
  };
  expect(yaml(config)).toBe(`log:
  level: info
listeners:
  - port: 1935
    protocols: [rtmp]
  - port: 443
none: []
`);
});

test.each([
  {},
  { a: {}, b: null, c: true, d: 1.5 },
  {
    "*": {
      yes: "no",
      on: "true",
      empty: "",
      star: "*",
      colon: "a: b",
      hash: "a #b",
      dash: "- x",
      text: "1.0",
    },
  },
  { list: [{ a: [] }, { b: {} }, { c: { d: ["x", "y z"] } }] },
  { list: [[1, 2], [3]] },
])("and means the same: %j", (config) => {
  expect(parse(yaml(config)) ?? {}).toEqual(config);
});
