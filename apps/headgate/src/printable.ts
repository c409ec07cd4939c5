/**
 * Control characters (C0, DEL, C1), characters that reorder or hide others (bidirectional controls, zero width), line and
 * paragraph separators, unpaired surrogates, and unassigned code points: in a terminal or an editor they change how other text
 * is shown.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text from outside, with `\u001b` in place of the character: safe for a terminal, and the same value inside JSON. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, spelledOut);
}

/** The same for text with several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** The same for all texts and names in a value that came from JSON. The stack of an error keeps its lines. */
export function printableValue(value: unknown, name?: string): unknown {
  if (typeof value === "string") return name === "stack" ? printableLines(value) : printable(value);
  if (Array.isArray(value)) return value.map((item) => printableValue(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [printable(key), printableValue(item, key)]),
  );
}

function spelledOut(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
