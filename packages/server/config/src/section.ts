import type { About, AnySection, Field, Section, SectionParts, ValueType } from "./field.ts";
import { type Mistake, mustBe, type Path, unknownKey } from "./mistake.ts";

interface SectionType<T> extends ValueType<T> {
  readonly parts: SectionParts;
}

/** A value with keys of its own. It may be empty, for example when every key in it is commented out. */
export function sectionType<T>(section: Section<T>): SectionType<T> {
  const fields = section as AnySection;
  const keys = keysOf(fields);
  const required = Object.values(fields).filter(({ isRequired }) => isRequired);
  const expects = `keys with their values (${keys.join(", ")})`;
  return {
    expects,
    parts: { kind: "section", fields, begin: () => ({}) },
    read: (written, path, mistakes, fallback) => {
      if (typeof written !== "object" || Array.isArray(written)) {
        mistakes.push({ path, sentence: mustBe(expects, written) });
        return defaultsOf(section);
      }
      const values = (written ?? {}) as Readonly<Record<string, unknown>>;
      for (const key of Object.keys(values))
        if (!keys.includes(key)) mistakes.push({ path, key, sentence: unknownKey(key, keys) });
      if (required.some(({ key }) => !Object.hasOwn(values, key)))
        mistakes.push({ path, sentence: `needs ${required.map(({ key }) => key).join(" and ")}` });
      return mapFields(section, (field, name) =>
        Object.hasOwn(values, field.key)
          ? field.read(values[field.key], [...path, field.key], mistakes, fallback?.[name])
          : (fallback?.[name] ?? field.default),
      );
    },
  };
}

export function keysOf(fields: AnySection): readonly string[] {
  return Object.values(fields).map(({ key }) => key);
}

/** The options of a section of which nothing is written. */
export function defaultsOf<T>(section: Section<T>): T {
  return mapFields(section, (field) => field.default);
}

/** A section within a section. */
export function group<T>(
  key: string,
  section: Section<T>,
  description: string,
): Field<T> & { readonly parts: SectionParts } {
  const byDefault = defaultsOf(section);
  return { ...sectionType(section), key, description, default: byDefault, writtenDefault: {} };
}

/** A section in whose place a word may be written that stands for its values. */
export function orWord<T>(
  field: Field<T> & { readonly parts: SectionParts },
  words: Readonly<Record<string, T>>,
): Field<T> {
  const expects = `${Object.keys(words).join(" or ")}, or ${field.expects}`;
  return {
    ...field,
    expects,
    writtenAs: Object.keys(words)
      .map((word) => JSON.stringify(word))
      .join(" | "),
    parts: { ...field.parts, mayBeAlone: true },
    read: (written, path, mistakes, fallback) => {
      if (typeof written !== "string") return field.read(written, path, mistakes, fallback);
      if (!Object.hasOwn(words, written)) mistakes.push({ path, sentence: mustBe(expects, written) });
      return words[written] ?? field.default;
    },
  };
}

/** How the entries of a section are named. */
interface Names<T> {
  readonly pattern: RegExp;
  /** Completes the sentence "... cannot be ...". */
  readonly misnamed: string;
  readonly expects: string;
  readonly section: Section<T>;
  readonly description: string;
}

interface InheritedNames<T> extends Names<T> {
  /** The entry from which the others inherit; there is nothing else by default. */
  readonly rest: string;
}

/** Sections by name. */
export function namedSections<T>(key: string, names: InheritedNames<T>): Field<ReadonlyMap<string, T>> {
  const { rest, pattern, misnamed, expects, description } = names;
  const entries = sectionType(names.section);
  const byDefault = new Map([[rest, defaultsOf(names.section)]]);
  const begin = () => ({ [rest]: {} });
  return {
    key,
    description,
    default: byDefault,
    writtenDefault: begin(),
    expects,
    parts: { kind: "named", entries, rest, begin },
    read: (written, path, mistakes) => {
      if (written === null) return byDefault;
      if (typeof written !== "object" || Array.isArray(written) || Object.keys(written).length === 0) {
        mistakes.push({ path, sentence: mustBe(expects, written) });
        return byDefault;
      }
      const values = new Map(Object.entries(written));
      const everyOther = entries.read(values.get(rest) ?? {}, [...path, rest], mistakes);
      const named = [...values].map(([name, value]): [string, T] => {
        if (!pattern.test(name)) mistakes.push(misnamedAt(path, name, misnamed));
        if (name === rest) return [name, everyOther];
        return [name, entries.read(value, [...path, name], mistakes, everyOther)];
      });
      return new Map(named);
    },
  };
}

interface OwnNames<T> extends Names<T>, About {
  /** Entries as they are written in a file. */
  readonly example: string;
}

/** Sections by name of which none inherits from another, and of which there are none by default. */
export function ownSections<T>(key: string, names: OwnNames<T>): Field<ReadonlyMap<string, T>> {
  const { pattern, misnamed, section, ...about } = names;
  const entries = sectionType(section);
  const none: ReadonlyMap<string, T> = new Map();
  return {
    ...about,
    key,
    default: none,
    writtenDefault: {},
    parts: { kind: "named", entries, begin: () => ({}) },
    read: (written, path, mistakes) => {
      if (typeof written !== "object" || Array.isArray(written)) {
        mistakes.push({ path, sentence: mustBe(about.expects, written) });
        return none;
      }
      const named = Object.entries(written ?? {}).map(([name, value]): [string, T] => {
        if (!pattern.test(name)) mistakes.push(misnamedAt(path, name, misnamed));
        return [name, entries.read(value, [...path, name], mistakes)];
      });
      return new Map(named);
    },
  };
}

function misnamedAt(path: Path, name: string, misnamed: string): Mistake {
  return { path, key: name, sentence: `${JSON.stringify(name)} cannot be ${misnamed}` };
}

function mapFields<T>(
  section: Section<T>,
  read: <K extends keyof T>(field: Field<T[K]>, name: K) => T[K],
): T {
  const names = Object.keys(section) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, read(section[name], name)])) as T;
}
