import { isDeepStrictEqual } from "node:util";
import type { AnySection, Field, Reload, Section } from "./field.ts";
import type { Path } from "./mistake.ts";

/** The options of a section, and how they are written in the file, with the variables in it. */
export interface Written<T> {
  readonly options: T;
  readonly document: unknown;
}

/** A key that has another value. */
export interface ChangedKey {
  /** As `applications.live.pull`. */
  readonly key: string;
  readonly reload: Reload;
}

/**
 * The keys with other values, in the order of the section. An entry of a section with names that has come or gone is one key, and so
 * is a list. What an entry inherits counts where it is written.
 */
export function changedKeys<T>(
  section: Section<T>,
  before: Written<T>,
  next: Written<T>,
): readonly ChangedKey[] {
  return changesIn(section as AnySection, before, next, [], false);
}

function changesIn(
  section: AnySection,
  before: Written<unknown>,
  next: Written<unknown>,
  path: Path,
  inherits: boolean,
): readonly ChangedKey[] {
  return Object.entries(section).flatMap(([name, field]) =>
    changesOf(
      field,
      below(before, name, field.key),
      below(next, name, field.key),
      [...path, field.key],
      inherits,
    ),
  );
}

function changesOf(
  { parts, reload }: Field<unknown>,
  before: Written<unknown>,
  next: Written<unknown>,
  path: Path,
  inherits: boolean,
): readonly ChangedKey[] {
  if (parts?.kind === "section") return changesIn(parts.fields, before, next, path, inherits);
  if (parts?.kind === "named") {
    const names = new Set([...namesIn(before), ...namesIn(next)]);
    return [...names].flatMap((name) => {
      const [one, other] = [entryOf(before, name), entryOf(next, name)];
      const at = [...path, name];
      if (one && other) return changesIn(parts.entries.parts.fields, one, other, at, true);
      return [{ key: at.join("."), reload: "live" as const }];
    });
  }
  return reload === undefined || isSame(before, next, inherits) ? [] : [{ key: path.join("."), reload }];
}

/** Objects that stand for what is written, such as secrets, do not show whether they are equal. */
function isSame(one: Written<unknown>, other: Written<unknown>, inherits: boolean): boolean {
  const isWrittenAlike = isDeepStrictEqual(one.document, other.document);
  if (isWrittenAlike && inherits) return true;
  return isPlain(one) && isPlain(other) ? one.options === other.options : isWrittenAlike;
}

function isPlain({ options }: Written<unknown>): boolean {
  return options !== undefined && typeof options !== "object";
}

function below({ options, document }: Written<unknown>, name: string, key: string): Written<unknown> {
  return { options: partOf(options, name), document: partOf(document, key) };
}

function partOf(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null && Object.hasOwn(of, key)
    ? (of as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function namesIn({ options }: Written<unknown>): readonly string[] {
  return [...(options as ReadonlyMap<string, unknown>).keys()];
}

function entryOf({ options, document }: Written<unknown>, name: string): Written<unknown> | undefined {
  const entries = options as ReadonlyMap<string, unknown>;
  return entries.has(name) ? { options: entries.get(name), document: partOf(document, name) } : undefined;
}

/** `next`, in which keys of the class `restart` have the values of `started`. Entries of lists and of sections with names have none. */
export function withoutRestart<T>(section: Section<T>, started: T, next: T): T {
  const fields = Object.entries(section as AnySection);
  const [kept, taken] = [started, next] as [
    Readonly<Record<string, unknown>>,
    Readonly<Record<string, unknown>>,
  ];
  const values = fields.map(([name, { parts, reload }]) => {
    if (parts?.kind === "section")
      return [name, withoutRestart(parts.fields as Section<unknown>, kept[name], taken[name])];
    return [name, reload === "restart" ? kept[name] : taken[name]];
  });
  return Object.fromEntries(values);
}
