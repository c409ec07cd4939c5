import type { Mistake, Path } from "./mistake.ts";

/** What may be written as a value, and what it means to the program. */
export interface ValueType<T> {
  /** Completes the sentence "must be ...". */
  readonly expects: string;
  /**
   * Adds what is wrong to `mistakes`; after a mistake the value is not used. What is missing within the value comes from
   * `fallback`, or else has the default.
   */
  read(written: unknown, path: Path, mistakes: Mistake[], fallback?: T): T;
  /** What a text stands for that cannot say its type, as in a variable; the text itself without this. */
  readonly fromText?: ((text: string) => unknown) | undefined;
  /** Its type in TypeScript as it is written; `string` without this. */
  readonly writtenAs?: string | undefined;
  /** The value may contain a password. */
  readonly isSecret?: boolean | undefined;
  /** How a value is written in a file; as it is without this. */
  format?(value: T): unknown;
  /** The values within it, if it has any. */
  readonly parts?: Parts;
}

/** What a value is made of. `begin` makes what a variable finds where the file has nothing. */
export type Parts = SectionParts | ListParts | NamedParts;

export interface SectionParts {
  readonly kind: "section";
  readonly fields: AnySection;
  /** Whether one value may be written in its place. */
  readonly mayBeAlone?: boolean;
  begin(): object;
}

interface ListParts {
  readonly kind: "list";
  readonly items: ValueType<unknown>;
  /** Whether one value may be written without a list. */
  readonly mayBeAlone?: boolean;
  begin(): object;
}

interface NamedParts {
  readonly kind: "named";
  readonly entries: ValueType<unknown> & { readonly parts: SectionParts };
  /** The entry from which the others inherit, if there is one. */
  readonly rest?: string;
  begin(): object;
}

/** What a new value of a key reaches when the file is read again. */
export type Reload =
  /** Everything, at once. */
  | "live"
  /** Sessions and streams that begin later. */
  | "sessions"
  /** A listener, which opens or closes, or has it for its next connections. */
  | "listener"
  /** Nothing: the process must be restarted. */
  | "restart";

export interface About {
  /** For the example file and the manual. */
  readonly description: string;
  readonly reload: Reload;
  /** Of a limit: what happens beyond it. */
  readonly beyond?: string;
}

/** One key of the file. A group of keys has no reload class of its own. */
export interface Field<T> extends ValueType<T> {
  readonly key: string;
  readonly description: string;
  readonly reload?: Reload;
  readonly beyond?: string | undefined;
  readonly default: T;
  /** The default as it is written in a file. */
  readonly writtenDefault: unknown;
  readonly isRequired?: boolean;
  /** An entry of a list that is empty by default, as it is written in a file. */
  readonly example?: string;
}

/** A field for each option, so that the compiler finds an option without one. */
export type Section<T> = { readonly [K in keyof T]: Field<T[K]> };

/** A section of which only the keys matter. */
export type AnySection = Readonly<Record<string, Field<unknown>>>;
