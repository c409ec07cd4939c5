import { expect, test } from "vitest";
import { AcmeError } from "./acme-error.ts";
import { objectOf, objectsIn, statusOf, textIn, textsIn } from "./acme-object.ts";
import { sentenceOf } from "./acme-problem.ts";

test.each<[string, () => unknown]>([
  ["a list for an object", () => objectOf([])],
  ["null for an object", () => objectOf(null)],
  ["a number for a text", () => textIn({ url: 5 }, "url")],
  ["no text", () => textIn({}, "url")],
  ["a number for a list", () => textsIn({ urls: 5 }, "urls", 9)],
  ["a text for a list", () => textsIn({ urls: "https" }, "urls", 9)],
  ["null in a list of texts", () => textsIn({ urls: [null] }, "urls", 9)],
  ["too many texts", () => textsIn({ urls: ["a", "b"] }, "urls", 1)],
  ["null in a list of objects", () => objectsIn({ challenges: [null] }, "challenges")],
  ["a number for a list of objects", () => objectsIn({ challenges: 5 }, "challenges")],
])("%s is the authority's mistake", (_, read) => {
  expect(read).toThrow(AcmeError);
});

test("what is as it must be is read", () => {
  const object = { url: "u", urls: ["a", "b"], challenges: [{ type: "t" }], status: "valid" };
  expect(textIn(object, "url")).toBe("u");
  expect(textsIn(object, "urls", 2)).toEqual(["a", "b"]);
  expect(objectsIn(object, "challenges")).toEqual([{ type: "t" }]);
  expect([statusOf(object), statusOf({ status: 5 }), statusOf({})]).toEqual(["valid", "", ""]);
});

test("a problem of any depth and with any fields becomes a sentence", () => {
  const deep = JSON.parse(`${'{"subproblems":['.repeat(14_000)}{}${"]}".repeat(14_000)}`);
  const strange = { toString: 1, valueOf: 1 };
  expect(sentenceOf(deep)).toBe("");
  expect(sentenceOf({ detail: "no", type: strange, subproblems: [null, 5, { type: strange }] })).toBe("no");
  const many = {
    detail: "no",
    subproblems: Array.from({ length: 9_000 }, () => ({ type: "caa", detail: "x" })),
  };
  expect(sentenceOf(many)).toBe(`no${"; x (caa)".repeat(10)}`);
});
