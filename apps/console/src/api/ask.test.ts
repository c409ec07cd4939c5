import { expect, test } from "vitest";
import { errorOf, inPath } from "./ask.ts";

test.each([
  ['{"code":2048,"error":"There is no such stream."}', "There is no such stream."],
  ['{"statusCode":400,"error":"Bad Request","message":"count must be <= 10"}', "count must be <= 10"],
  ['SCOPE_MISSING: This needs the scope "control".\n', 'SCOPE_MISSING: This needs the scope "control".'],
  ["", "The server answers with 418."],
])("%s says: %s", (text, message) => {
  expect(errorOf(418, text)).toMatchObject({ status: 418, message, problems: [] });
});

test("every mistake of a configuration is told", () => {
  const { problems } = errorOf(409, '{"error":"It has mistakes.","problems":["a","b"]}');
  expect(problems).toEqual(["a", "b"]);
});

test("the slashes of a path stay, and nothing else ends it", () => {
  expect(inPath("live/a b?#%/c")).toBe("live/a%20b%3F%23%25/c");
});
