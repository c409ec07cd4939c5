import { nearest } from "./nearest.ts";

/** The steps from the top of the file to a value in it. */
export type Path = readonly string[];

/** One mistake: a sentence about the value at `path`, or about its key `key`. */
export interface Mistake {
  readonly path: Path;
  readonly key?: string;
  readonly sentence: string;
}

/** What people write, and what it is called here. */
export type Synonyms = Readonly<Record<string, string>>;

/** The sentence about a value that is not what is expected, with the choice that was probably meant. */
export function mustBe(
  expects: string,
  written: unknown,
  choices: readonly string[] = [],
  synonyms: Synonyms = {},
): string {
  const meant = typeof written === "string" ? (synonyms[written] ?? nearest(written, choices)) : undefined;
  return `must be ${expects}, not ${shown(written)}${meant === undefined ? "" : ` (did you mean "${meant}"?)`}`;
}

export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const hint = meant === undefined ? `known here: ${known.join(", ")}` : `did you mean "${meant}"?`;
  return `unknown key ${JSON.stringify(key)} (${hint})`;
}

function shown(value: unknown): string {
  if (value === null || value === "") return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "empty" : "a group of keys";
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
