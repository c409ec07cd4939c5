import type { About, Field, ValueType } from "./field.ts";
import type { Synonyms } from "./mistake.ts";
import { type Parsing, parsed, value } from "./parsed.ts";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

/** The smallest and the largest value that makes sense. */
type Range = readonly [least: number, most: number];

interface Amount<A> extends About {
  /** Without a default the key is required. */
  readonly default?: number | A;
  readonly range: Range;
  /** What `auto` means, if it may be written. */
  readonly auto?: () => A;
}

/** A whole number. */
export function count<A = never>(key: string, about: Amount<A>): Field<number | A> {
  const [least, most] = about.range;
  return amount(key, about, {
    parse: (written) => (Number.isInteger(written) ? (written as number) : undefined),
    format: (number) => number,
    expects: `a whole number from ${least} to ${most}`,
    fromText: (text) => (/^\d+$/.test(text) ? Number(text) : text),
    writtenAs: "number",
  });
}

/** A duration with its unit; in milliseconds for the program. */
export function duration(key: string, about: Amount<never> & { readonly default: number }): Field<number> {
  const [least, most] = about.range.map(formatDuration);
  const example = formatDuration(about.default);
  return amount(key, about, {
    parse: parseDuration,
    format: formatDuration,
    expects: `a duration with its unit from ${least} to ${most}, such as "${example}"`,
  });
}

/** A size with its unit, or a number of bytes. */
export function size<A = never>(key: string, about: Amount<A>): Field<number | A> {
  const [least, most] = about.range.map(formatSize);
  return amount(key, about, {
    parse: parseSize,
    // A size without a unit is a number.
    format: (bytes) => (formatSize(bytes) === String(bytes) ? bytes : formatSize(bytes)),
    expects: `a size from ${least} to ${most}, such as "8MiB" or a number of bytes`,
    writtenAs: "number | string",
  });
}

interface Unit {
  readonly parse: (written: unknown) => number | undefined;
  readonly format: (amount: number) => unknown;
  readonly expects: string;
  readonly fromText?: (text: string) => unknown;
  readonly writtenAs?: string;
}

function amount<A>(
  key: string,
  about: Amount<A>,
  { parse, format, expects, fromText, writtenAs = "string" }: Unit,
): Field<number | A> {
  const { range, auto, ...rest } = about;
  const [least, most] = range;
  return parsed<number | A>(key, {
    ...rest,
    expects: auto ? `${expects}, or auto` : expects,
    fromText,
    writtenAs: auto ? `${writtenAs} | "auto"` : writtenAs,
    parse: (written) => {
      if (auto && written === "auto") return auto();
      const read = parse(written);
      return read !== undefined && read >= least && read <= most ? read : undefined;
    },
    format: (byDefault) => (typeof byDefault === "number" ? format(byDefault) : byDefault),
  });
}

/** Yes or no. */
export function flag(key: string, about: About & { readonly default: boolean }): Field<boolean> {
  return parsed(key, {
    ...about,
    expects: "true or false",
    parse: (written) => (typeof written === "boolean" ? written : undefined),
    fromText: (text) => (/^(true|false)$/.test(text) ? text === "true" : text),
    writtenAs: "boolean",
  });
}

/** Any text but an empty one. */
export function text(key: string, about: About & { readonly default: string }): Field<string> {
  return parsed(key, {
    ...about,
    expects: `text such as ${JSON.stringify(about.default)}`,
    parse: (written) => (typeof written === "string" && written !== "" ? written : undefined),
  });
}

/** The name of a file; none by default if that is empty. */
export function file(key: string, about: About & { readonly default?: "" }): Field<string> {
  return parsed<string>(key, {
    ...about,
    expects: "the name of a file",
    parse: (written) =>
      typeof written === "string" && (written !== "" || about.default === "") ? written : undefined,
  });
}

/** One of a few words. */
export function oneOf<T extends string>(
  key: string,
  choices: readonly T[],
  about: About & { readonly default: T },
): Field<T> {
  return parsed<T>(key, { ...about, ...choiceOf(choices) });
}

/** The same as an entry of a list. */
export function choice<T extends string>(choices: readonly T[], synonyms?: Synonyms): ValueType<T> {
  return value({ ...choiceOf(choices), synonyms });
}

function choiceOf<T extends string>(choices: readonly T[]): Parsing<T> {
  return {
    expects: `one of ${choices.join(", ")}`,
    choices,
    parse: (written) => choices.find((each) => each === written),
  };
}
