import type { About, Field, ValueType } from "./field.ts";
import { mustBe, type Synonyms } from "./mistake.ts";

/** How a single value is read. */
export interface Parsing<T> {
  readonly expects: string;
  /** Returns undefined for what it does not accept. */
  readonly parse: (written: unknown) => T | undefined;
  readonly fromText?: ((text: string) => unknown) | undefined;
  /** As of a {@link ValueType}; the choices, if there are any. */
  readonly writtenAs?: string | undefined;
  /** The values there are, if they are few. */
  readonly choices?: readonly string[];
  /** Other words for them. */
  readonly synonyms?: Synonyms | undefined;
  /** The value may contain a password, so no message repeats it. */
  readonly isSecret?: boolean;
  /** How a value is written, if not as it is; for a secret, how it is shown. */
  format?(value: T): unknown;
}

/** A value without a key, as an entry of a list. */
export function value<T>({
  expects,
  parse,
  fromText,
  choices,
  writtenAs = choices?.map((each) => JSON.stringify(each)).join(" | "),
  synonyms,
  isSecret,
  format,
}: Parsing<T>): ValueType<T> {
  return {
    expects,
    fromText,
    writtenAs,
    isSecret,
    ...(format && { format }),
    read: (written, path, mistakes) => {
      const read = parse(written);
      if (read !== undefined) return read;
      mistakes.push({
        path,
        sentence: isSecret ? `must be ${expects}` : mustBe(expects, written, choices, synonyms),
      });
      return read as T;
    },
  };
}

interface ParsedAbout<T> extends About, Parsing<T> {
  /** Without a default the key is required. */
  readonly default?: T;
}

/** A key with a single value. */
export function parsed<T>(key: string, about: ParsedAbout<T>): Field<T> {
  const { description, reload, default: byDefault, format = (same: T) => same, beyond } = about;
  const isRequired = byDefault === undefined;
  return {
    ...value(about),
    key,
    description,
    reload,
    beyond,
    default: byDefault as T,
    writtenDefault: isRequired ? undefined : format(byDefault),
    isRequired,
  };
}

/** The same without a value by default, which is written as an empty text. */
export function optional<T>(key: string, about: About & Parsing<T>): Field<T | undefined> {
  const field = parsed<T>(key, about);
  return {
    ...field,
    default: undefined,
    writtenDefault: "",
    isRequired: false,
    read: (written, ...place) => (written === "" ? undefined : field.read(written, ...place)),
  };
}
