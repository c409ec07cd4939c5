import type { Parts, ValueType } from "./field.ts";
import type { Path } from "./mistake.ts";
import { nearest } from "./nearest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Overrides {
  /** Variables that name no key, one sentence each. */
  readonly problems: readonly string[];
  /** The variable that set the value at a path; undefined if the file did. */
  readonly variableAt: (path: Path) => string | undefined;
}

/**
 * Overrides values of `document` with HEADGATE_ variables: HEADGATE_LISTENERS_0_PORT is /listeners/0/port,
 * HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOW is /applications/live/resumeWindow. DEFAULT is the entry from which the others
 * inherit; any other name is the entry of the document that reads so in capitals, or else the name in small letters. An
 * empty variable is ignored.
 */
export function applyEnvironment(
  document: unknown,
  environment: Environment,
  type: ValueType<unknown>,
): Overrides {
  const patterns = patternsOf(type, [], []);
  const problems: string[] = [];
  const variables = new Map<string, string>();
  for (const name of namesIn(environment)) {
    const words = name.slice(PREFIX.length);
    const text = environment[name]!;
    if (isServiceLink(name, text)) continue;
    const pattern = patternFor(words, patterns, document);
    if (pattern === undefined) problems.push(unknownVariable(words, patterns));
    else if (text !== "") {
      const outcome = assign(document, pattern, words, text);
      if (typeof outcome === "string") problems.push(`${name}: ${outcome}`);
      else if (outcome) variables.set(judgedAt(pattern, outcome).join("\n"), name);
    }
  }
  return { problems, variableAt: (path) => variables.get(path.join("\n")) };
}

const PREFIX = "HEADGATE_";

/** One step of a path: from a value with these parts to the one called `key`, or to the one that the variable names. */
interface Step {
  readonly from: Parts;
  readonly key?: string;
}

/** The variables of one key. */
interface Pattern {
  readonly type: ValueType<unknown>;
  readonly steps: readonly Step[];
  readonly words: string;
  readonly matches: RegExp;
}

function patternsOf(type: ValueType<unknown>, steps: readonly Step[], words: readonly string[]): Pattern[] {
  const { parts: from } = type;
  switch (from?.kind) {
    case "section":
      return [
        ...(from.mayBeAlone ? [patternOf(type, steps, words)] : []),
        ...Object.values(from.fields).flatMap((field) =>
          patternsOf(field, [...steps, { from, key: field.key }], [...words, inCapitals(field.key)]),
        ),
      ];
    case "list":
      return [
        ...(from.mayBeAlone ? [patternOf(type, steps, words)] : []),
        ...patternsOf(from.items, [...steps, { from }], [...words, POSITION]),
      ];
    case "named":
      // A name within a name could not be told from it: only the file has such entries.
      if (steps.some((step) => step.from.kind === "named")) return [];
      return patternsOf(from.entries, [...steps, { from }], [...words, NAME]);
    case undefined:
      return [patternOf(type, steps, words)];
  }
}

function patternOf(type: ValueType<unknown>, steps: readonly Step[], words: readonly string[]): Pattern {
  const all = words.join("_");
  return { type, steps, words: all, matches: new RegExp(`^${all}$`) };
}

const POSITION = "(\\d+)";
const NAME = "(?<name>.+)";

/**
 * Of the patterns that fit, the one whose entry the document has, or else the one that leaves least to the name of an entry:
 * LIVE_ROUTES_0_PULL is of the entry `live`. A name such as LIVE_ROUTES_0 is a slip and makes no entry.
 */
function patternFor(words: string, patterns: readonly Pattern[], document: unknown): Pattern | undefined {
  const fitting = patterns.filter(({ matches }) => matches.test(words));
  const nameIn = ({ matches }: Pattern): string => matches.exec(words)?.groups?.name ?? "";
  const known = fitting.find((pattern) => hasEntry(document, pattern, nameIn(pattern)));
  if (known) return known;
  const others = fitting.filter((pattern) => !readsLikeAKey(pattern, nameIn(pattern)));
  return others.sort((a, b) => nameIn(a).length - nameIn(b).length)[0];
}

function hasEntry(document: unknown, { steps }: Pattern, name: string): boolean {
  let at = document;
  for (const { from, key } of steps) {
    if (typeof at !== "object" || at === null) return false;
    if (from.kind === "named") return Object.keys(at).some((entry) => inCapitals(entry) === name);
    at = (at as Record<string, unknown>)[key ?? ""];
  }
  return false;
}

function readsLikeAKey({ steps }: Pattern, name: string): boolean {
  const named = steps.find(({ from }) => from.kind === "named")?.from;
  if (named?.kind !== "named") return false;
  const keys = Object.values(named.entries.parts.fields).map(({ key }) => inCapitals(key));
  return new RegExp(`_(${keys.join("|")})_\\d+$`).test(name);
}

function inCapitals(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

/** In numeric order, so that listener 1 comes before listener 10. */
function namesIn(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && environment[name] !== undefined)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** Returns the path of the value, or why it cannot be set; undefined if a part of the file is of the wrong type. */
function assign(
  document: unknown,
  { type, steps, matches }: Pattern,
  words: string,
  text: string,
): Path | string | undefined {
  const named = matches.exec(words)!.slice(1);
  const path: string[] = [];
  let at = document;
  for (const [depth, { from, key }] of steps.entries()) {
    if (typeof at !== "object" || at === null) return undefined;
    const values = at as Record<string, unknown>;
    const name = key ?? nameOf(named.shift()!, from, values);
    path.push(name);
    if (Array.isArray(at) && Number(name) > at.length)
      return `there is no entry ${at.length} before it: lists count from 0, without gaps`;
    const next = steps[depth + 1];
    if (!next) values[name] = type.fromText?.(text) ?? text;
    // Own properties only: an application may be called constructor.
    else if (!Object.hasOwn(values, name) || values[name] === null) values[name] = next.from.begin();
    // The file has one value where the variable adds another one.
    else if (next.from.kind === "list" && next.from.mayBeAlone && !Array.isArray(values[name]))
      values[name] = [values[name]];
    at = values[name];
  }
  return path;
}

function nameOf(words: string, from: Parts, values: Readonly<Record<string, unknown>>): string {
  if (from.kind !== "named") return String(Number(words));
  if (words === "DEFAULT" && from.rest !== undefined) return from.rest;
  return Object.keys(values).find((name) => inCapitals(name) === words) ?? words.toLowerCase();
}

/** Such a list is judged as a whole. */
function judgedAt({ steps }: Pattern, path: Path): Path {
  const last = steps.at(-1)?.from;
  return last?.kind === "list" && last.mayBeAlone ? path.slice(0, -1) : path;
}

/**
 * Kubernetes and Docker set variables with this prefix in every process if there is a service called headgate, or
 * headgate-admin: HEADGATE_ADMIN_PORT is the URL of that, and no port.
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP)(_\w+)?$/.test(name) || /^(tcp|udp):\/\//.test(value)
  );
}

function unknownVariable(words: string, patterns: readonly Pattern[]): string {
  const [list = "", named = ""] = /^[A-Z]+_([^_]+)/.exec(words) ?? [];
  const candidates = patterns.map((pattern) =>
    pattern.words
      .replace(POSITION, /^\d+$/.test(named) ? named : "0")
      .replaceAll(POSITION, "0")
      .replace(NAME, list === "" ? "DEFAULT" : named),
  );
  const meant = nearest(words, candidates);
  return `${PREFIX}${words}: there is no such key${meant === undefined ? "" : ` (did you mean ${PREFIX}${meant}?)`}`;
}
