import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

/** The smallest and the largest value that make sense. */
export type Range = readonly [least: number, most: number];

/** The part of JSON Schema the configuration uses, and `duration` and `size`, two keywords of our own. */
export interface Schema {
  readonly description?: string;
  readonly default?: string | number;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  /** A duration with its unit ("10s") within this range of milliseconds. */
  readonly duration?: Range;
  /** A size with its unit ("8MiB"), or a number of bytes, within this range of bytes. */
  readonly size?: Range;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly minProperties?: number;
  readonly propertyNames?: { readonly pattern: string };
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
}

/** One key of the file: its name there, what may be written, and what that means to the program. */
export interface Field<T> {
  readonly key: string;
  readonly schema: Schema;
  readonly default: T;
  /** Only for values the schema has let pass. */
  readonly read: (written: unknown) => T;
}

/** A field for each option, so that the compiler finds an option without one. */
export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

/** The options a section of the file stands for; what it leaves out comes from `fallback`, else is the default. */
export function readSection<T>(fields: Fields<T>, written: unknown, fallback?: T): T {
  const values = (written ?? {}) as Readonly<Record<string, unknown>>;
  const options: Partial<T> = {};
  for (const name of Object.keys(fields) as (keyof T & string)[]) {
    const field = fields[name];
    options[name] = Object.hasOwn(values, field.key)
      ? field.read(values[field.key])
      : (fallback?.[name] ?? field.default);
  }
  return options as T;
}

/** A section may be left empty, as when every key in it is commented out. */
export function section<T>(description: string, fields: Fields<T>): Schema {
  return {
    description,
    type: ["object", "null"],
    additionalProperties: false,
    properties: propertiesOf(fields),
  };
}

export function propertiesOf<T>(fields: Fields<T>): Readonly<Record<string, Schema>> {
  const list = Object.values(fields) as Field<unknown>[];
  return Object.fromEntries(list.map(({ key, schema }) => [key, schema]));
}

export function count(
  key: string,
  byDefault: number,
  [minimum, maximum]: Range,
  description: string,
): Field<number> {
  return {
    key,
    schema: { description, default: byDefault, type: "integer", minimum, maximum },
    default: byDefault,
    read: Number,
  };
}

export function text(key: string, byDefault: string, description: string): Field<string> {
  return {
    key,
    schema: { description, default: byDefault, type: "string", minLength: 1 },
    default: byDefault,
    read: String,
  };
}

export function oneOf<T extends string>(
  key: string,
  byDefault: T,
  choices: readonly T[],
  description: string,
): Field<T> {
  return {
    key,
    schema: { description, default: byDefault, enum: choices },
    default: byDefault,
    read: (written) => written as T,
  };
}

export function duration(key: string, byDefault: number, range: Range, description: string): Field<number> {
  return {
    key,
    schema: { description, default: formatDuration(byDefault), duration: range },
    default: byDefault,
    read: (written) => parseDuration(written)!,
  };
}

export function size(key: string, byDefault: number, range: Range, description: string): Field<number> {
  return {
    key,
    schema: { description, default: formatSize(byDefault), size: range },
    default: byDefault,
    read: (written) => parseSize(written)!,
  };
}
