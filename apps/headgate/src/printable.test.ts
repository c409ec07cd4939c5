import { expect, test } from "vitest";
import { printable, printableLines, printableValue } from "./printable.ts";

const HOSTILE: readonly (readonly [string, string])[] = [
  ["escape", "\u001b[2J"],
  ["bell", "\u0007"],
  ["new line", "\n"],
  ["carriage return", "\r"],
  ["NUL", "\0"],
  ["DEL", "\u007f"],
  ["C1 control sequence introducer", "\u009b31m"],
  ["next line", "\u0085"],
  ["right-to-left override", "\u202e"],
  ["bidirectional isolate", "\u2066"],
  ["right-to-left mark", "\u200f"],
  ["Arabic letter mark", "\u061c"],
  ["line separator", "\u2028"],
  ["paragraph separator", "\u2029"],
  ["zero width space", "\u200b"],
  ["zero width no-break space", "\ufeff"],
  ["soft hyphen", "\u00ad"],
  ["invisible tag", "\u{e0041}"],
  ["Hangul filler", "\u3164"],
  ["high surrogate alone", "\ud83d"],
  ["low surrogate alone", "\ude00"],
  ["noncharacter", "\uffff"],
];

test.each(HOSTILE)("%s is spelled out", (_, text) => {
  const shown = printable(`a${text}b`);
  expect(shown).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(`"${shown}"`)).toBe(`a${text}b`);
});

test("what people write stays as it is", () => {
  const text = 'Zoë\'s "Kanal" \\ 日本語 عربي 😀 é 1 €';
  expect(printable(text)).toBe(text);
});

test("lines stay lines", () => {
  expect(printableLines("one\ntwo\u001b\n")).toBe("one\ntwo\\u001b\n");
});

test("names and values are spelled out at any depth, and a stack keeps its lines", () => {
  expect(
    printableValue({ "a\u001b": [{ b: "\n", n: 1, none: null }], err: { stack: "at\n\u001bx" } }),
  ).toEqual({
    "a\\u001b": [{ b: "\\u000a", n: 1, none: null }],
    err: { stack: "at\n\\u001bx" },
  });
});
