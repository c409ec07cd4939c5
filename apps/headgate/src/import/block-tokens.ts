import { ImportError } from "./part.ts";

/** A word of a directive, or the mark that ends or opens one. */
export interface Token {
  readonly kind: "word" | ";" | "{" | "}";
  readonly text: string;
  readonly place: string;
}

/** The words and marks of a text in the grammar of nginx. */
export function* tokensOf(name: string, text: string): Generator<Token> {
  let line = 1;
  let lineStart = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at]!;
    const begin = at;
    const place = `${name}:${line}:${at - lineStart + 1}`;
    if (character === "#") {
      at = endOfLine(text, at);
      continue;
    }
    if (/\s/.test(character)) {
      at += 1;
    } else if (character === ";" || character === "{" || character === "}") {
      at += 1;
      yield { kind: character, text: character, place };
    } else {
      const isQuoted = character === '"' || character === "'";
      at = isQuoted ? endOfQuotation(text, at, place) : endOfWord(text, at);
      const written = isQuoted ? text.slice(begin + 1, at - 1) : text.slice(begin, at);
      yield { kind: "word", text: unescaped(written), place };
    }
    for (let next = text.indexOf("\n", begin); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) {
      line += 1;
      lineStart = next + 1;
    }
  }
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}

/** After the closing quote. */
function endOfQuotation(text: string, from: number, place: string): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at + 1;
    if (text[at] === "\\") at += 1;
  }
  throw new ImportError(place, "the quotation that begins here has no end");
}

/** A `{` ends a word, but not that of a variable: `${name}`. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[\s;]/.test(text[at]!)) {
    if (text[at] === "{" && text[at - 1] !== "$") break;
    at += text[at] === "\\" ? 2 : 1;
  }
  return Math.min(at, text.length);
}

const ESCAPED: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };

/** Other backslashes stay, as in patterns. */
function unescaped(written: string): string {
  return written.replace(/\\([\\"'trn])/g, (_, character: string) => ESCAPED[character] ?? character);
}
