import { nearest, type Path } from "@headgate/config";
import type { Schema } from "./field.ts";
import { CONFIG_SCHEMA } from "./schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Overrides {
  /** Variables that name no key, one sentence each. */
  readonly problems: readonly string[];
  /** The variable that set the value at a path; undefined if the file did. */
  readonly variableAt: (path: Path) => string | undefined;
}

/**
 * Overrides values of `document` with HEADGATE_ variables: HEADGATE_LISTENERS_0_PORT is /listeners/0/port,
 * HEADGATE_APPLICATIONS_LIVE_RESUME_WINDOW is /applications/live/resumeWindow. DEFAULT is the application `*`; any other name
 * is the application of the document that reads so in capitals, or else the name in small letters. An empty variable is
 * ignored.
 */
export function applyEnvironment(document: unknown, environment: Environment): Overrides {
  const problems: string[] = [];
  const variables = new Map<string, string>();
  for (const name of namesIn(environment)) {
    const key = keyFor(name.slice(PREFIX.length));
    if (key === undefined) {
      if (!isServiceLink(name, environment[name]!)) problems.push(unknownVariable(name));
    } else if (environment[name] !== "") {
      const path = pathOf(key, document);
      const problem = assign(document, path, key, readScalar(key.schema, environment[name]!));
      if (problem === undefined) variables.set(path.join("\n"), name);
      else problems.push(`${name}: ${problem}`);
    }
  }
  return { problems, variableAt: (path) => variables.get(path.join("\n")) };
}

const PREFIX = "HEADGATE_";

/** Steps of a path that the variable's name fills in: the name of an application, and the position in a list. */
const NAMED = Symbol("named");
const INDEX = Symbol("index");
type Step = string | typeof NAMED | typeof INDEX;

interface Key {
  readonly schema: Schema;
  readonly steps: readonly Step[];
  /** What the variable's name has in the place of each of those. */
  readonly named: readonly string[];
}

interface Pattern {
  readonly schema: Schema;
  readonly steps: readonly Step[];
  readonly words: string;
}

const PATTERNS: readonly Pattern[] = patternsOf(CONFIG_SCHEMA, [], []);

function patternsOf(schema: Schema, steps: readonly Step[], words: readonly string[]): Pattern[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([key, child]) =>
      patternsOf(child, [...steps, key], [...words, inCapitals(key)]),
    );
  }
  if (schema.items) return patternsOf(schema.items, [...steps, INDEX], [...words, "(\\d+)"]);
  if (schema.additionalProperties) {
    return patternsOf(schema.additionalProperties, [...steps, NAMED], [...words, "(.+)"]);
  }
  return [{ schema, steps, words: words.join("_") }];
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

function keyFor(words: string): Key | undefined {
  for (const pattern of PATTERNS) {
    const match = new RegExp(`^${pattern.words}$`).exec(words);
    if (match) return { schema: pattern.schema, steps: pattern.steps, named: match.slice(1) };
  }
  return undefined;
}

function pathOf({ steps, named }: Key, document: unknown): Path {
  const left = [...named];
  return steps.map((each) => {
    if (each === NAMED) return applicationNamed(left.shift()!, document);
    return each === INDEX ? String(Number(left.shift())) : each;
  });
}

function applicationNamed(words: string, document: unknown): string {
  if (words === "DEFAULT") return "*";
  const known = Object.keys((document as { applications?: object }).applications ?? {});
  return known.find((name) => inCapitals(name) === words) ?? words.toLowerCase();
}

function readScalar(schema: Schema, written: string): string | number | boolean {
  if (schema.type === "boolean" && /^(true|false)$/.test(written)) return written === "true";
  const isNumber = schema.type === "integer" || schema.auto === true;
  return isNumber && /^\d+$/.test(written) ? Number(written) : written;
}

/** Returns why the value cannot be set. A part of the file of the wrong type is left to validation. */
function assign(
  document: unknown,
  path: Path,
  { steps }: Key,
  value: string | number | boolean,
): string | undefined {
  if (typeof document !== "object") return undefined;
  let at = document as Record<string, unknown>;
  for (const [depth, step] of path.entries()) {
    if (Array.isArray(at) && Number(step) > at.length) {
      return `there is no entry ${at.length} before it: lists count from 0, without gaps`;
    }
    if (depth === path.length - 1) break;
    const isList = steps[depth + 1] === INDEX;
    // Own properties only: an application may be called constructor.
    if (!Object.hasOwn(at, step) || at[step] === null) at[step] = isList ? [] : {};
    if (typeof at[step] !== "object") return undefined;
    at = at[step] as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
  return undefined;
}

/** Kubernetes and Docker set variables with this prefix in every process if there is a service called headgate. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP)(_\w+)?$/.test(name) || /^(tcp|udp):\/\//.test(value)
  );
}

function unknownVariable(name: string): string {
  const words = name.slice(PREFIX.length);
  const [list = "", named = ""] = /^[A-Z]+_([^_]+)/.exec(words) ?? [];
  const candidates = PATTERNS.map((pattern) =>
    pattern.words
      .replace("(\\d+)", /^\d+$/.test(named) ? named : "0")
      .replaceAll("(\\d+)", "0")
      .replace("(.+)", list === "" ? "DEFAULT" : named),
  );
  const meant = nearest(words, candidates);
  return `${name}: there is no such key${meant === undefined ? "" : ` (did you mean ${PREFIX}${meant}?)`}`;
}
