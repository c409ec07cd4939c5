import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBlocks } from "./block-parser.ts";
import { type Directive, ImportError } from "./part.ts";

/** As the text would be written without spaces to spare. */
function spelled(directives: readonly Directive[]): string {
  return directives
    .map(({ name, args, parts }) => {
      const words = [name, ...args].map((word) => `<${word}>`).join("");
      return parts.length > 0 ? `${words}{${spelled(parts)}}` : `${words};`;
    })
    .join("");
}

describe("the grammar of nginx", () => {
  test.each([
    ["listen 1935;", "<listen><1935>;"],
    ["a { b { c; } d; }", "<a>{<b>{<c>;}<d>;}"],
    ["a{b c;}", "<a>{<b><c>;}"],
    ["exec ffmpeg\n   -i x\n   -f flv;", "<exec><ffmpeg><-i><x><-f><flv>;"],
    ["# listen 1; {\na; # b;\nc;", "<a>;<c>;"],
    ["a b#c;", "<a><b#c>;"],
    [`a "b c; {" 'd "e"';`, `<a><b c; {><d "e">;`],
    [String.raw`a "b\"c" d\ e;`, `<a><b"c><d\\ e>;`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of nginx
    ["push rtmp://h/${name}/x;", "<push><rtmp://h/${name}/x>;"],
    ["a;\r\nb;\r\n", "<a>;<b>;"],
    ["", ""],
    ["a {}", "<a>;"],
  ])("%j", (text, expected) => {
    expect(spelled(parseBlocks("f", text))).toBe(expected);
  });

  test("a directive stands at its first word, whatever comes before", () => {
    const [first] = parseBlocks("f", `x "a\nb" {\n  # c\n  y;\n}\n`);
    expect([first?.place, first?.parts[0]?.place]).toEqual(["f:1:1", "f:4:3"]);
  });
});

test.each([
  ["a", 'f:1:1: the directive that begins here has no ";"'],
  ["a;\n b {", 'f:2:2: the block that begins here has no "}"'],
  ["a { b }", 'f:1:5: the directive that begins here has no ";"'],
  ["a; }", 'f:1:4: there is no block that this "}" could close'],
  [";", 'f:1:1: there is no directive before this ";"'],
  ["{ a; }", 'f:1:1: there is no directive before this "{"'],
  [' a "b;\n', "f:1:4: the quotation that begins here has no end"],
  ["a {".repeat(33), "f:1:99: nested deeper than 32 blocks"],
])("%j is refused, with the place", (text, message) => {
  expect(() => parseBlocks("f", text)).toThrow(new Error(message));
});

test("32 blocks are not too deep", () => {
  expect(parseBlocks("f", `${"a {".repeat(32)}b;${"}".repeat(32)}`)).toHaveLength(1);
});

test("rubbish is refused in words, or has a meaning", () => {
  const marks = fc.constantFrom(..."ab;{}#\"'\\$ \n\t\r\0é");
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 60 }), (characters) => {
      try {
        parseBlocks("f", characters.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(ImportError);
      }
    }),
  );
});
