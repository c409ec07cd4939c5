import type { About, Field, Section, ValueType } from "./field.ts";
import { mustBe, type Synonyms } from "./mistake.ts";
import { choice } from "./scalars.ts";
import { keysOf, sectionType } from "./section.ts";

interface ListAbout<T> extends About {
  readonly items: ValueType<T>;
  /** Empty unless said. */
  readonly default?: readonly T[];
  readonly needsEntry?: boolean;
  readonly needsDifferent?: boolean;
  /** An entry as it is written in a file. */
  readonly example?: string;
}

/** Values of one type, in any number. */
export function list<T>(key: string, about: ListAbout<T>): Field<readonly T[]> {
  const { items, default: byDefault = [], needsEntry = false, needsDifferent = false, ...rest } = about;
  const { parts } = items;
  const each =
    parts?.kind === "section" ? `with "-" and keys (${keysOf(parts.fields).join(", ")})` : items.expects;
  const expects = `a list${needsEntry ? " of at least one entry" : ""}, each ${each}`;
  return {
    ...rest,
    key,
    default: byDefault,
    writtenDefault: byDefault,
    expects,
    parts: { kind: "list", items, begin: () => [] },
    read: (written, path, mistakes) => {
      const entries = written === null && !needsEntry ? [] : written;
      const isList = Array.isArray(entries) && (!needsEntry || entries.length > 0);
      if (isList && !(needsDifferent && new Set(entries).size < entries.length))
        return entries.map((entry, index) => items.read(entry, [...path, String(index)], mistakes));
      mistakes.push({ path, sentence: mustBe(expects, written) });
      return byDefault;
    },
  };
}

/** A list of sections. */
export function listOf<T>(
  key: string,
  section: Section<T>,
  about: Omit<ListAbout<T>, "items">,
): Field<readonly T[]> {
  return list(key, { ...about, items: sectionType(section) });
}

/** Some of these choices, at least one; all of them by default. */
export function someOf<T extends string>(
  key: string,
  choices: readonly T[],
  { synonyms, ...about }: About & { readonly synonyms?: Synonyms },
): Field<readonly T[]> {
  return list(key, {
    ...about,
    items: choice(choices, synonyms),
    default: choices,
    needsEntry: true,
    needsDifferent: true,
  });
}
