import { formatDuration, formatSize, parseDuration, parseSize } from "@headgate/config";
import { RtmpUrl } from "@headgate/session";

/** The smallest and the largest value that makes sense. */
export type Range = readonly [least: number, most: number];

/** The part of JSON Schema the configuration uses, and `duration` and `size`, two keywords of our own. */
export interface Schema {
  readonly description?: string;
  readonly default?: string | number | boolean | readonly string[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  /** A duration with its unit ("10s") within this range of milliseconds. */
  readonly duration?: Range;
  /** A size with its unit ("8MiB"), or a number of bytes, within this range of bytes. */
  readonly size?: Range;
  /** Or "auto". */
  readonly orAuto?: true;
  /** An address, or a network as 10.0.0.0/8. */
  readonly network?: true;
  /** The name of a host, without a port. */
  readonly hostName?: true;
  /** `http://host:port`, or empty. */
  readonly webServer?: true;
  /** RTMP URLs: one, or one or a list. They may contain secrets, so no error message repeats them. */
  readonly rtmpUrls?: "one" | "any";
  /** A string can only be "auto". */
  readonly auto?: true;
  /** This many hexadecimal digits. */
  readonly hex?: number;
  /** At most this many small letters and digits. */
  readonly word?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly minProperties?: number;
  readonly propertyNames?: { readonly pattern: string };
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
}

/** One key of the file: its name, what may be written, and the value that means to the program. */
export interface Field<T> {
  readonly key: string;
  readonly schema: Schema;
  readonly default: T;
  /** Only for values that the schema accepts. */
  readonly read: (written: unknown) => T;
}

/** A field for each option, so that the compiler finds an option without one. */
export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

/** The options of a section of the file. Missing keys come from `fallback`, or else have the default. */
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

/** A section may be empty, for example when every key in it is commented out. */
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

/** A number, or the value of `auto` on this machine. */
export function countOrAuto(
  key: string,
  byDefault: number,
  [minimum, maximum]: Range,
  auto: () => number,
  description: string,
): Field<number> {
  return {
    key,
    schema: { description, default: byDefault, type: ["integer", "string"], minimum, maximum, auto: true },
    default: byDefault,
    read: (written) => (written === "auto" ? Math.min(maximum, auto()) : Number(written)),
  };
}

export function flag(key: string, byDefault: boolean, description: string): Field<boolean> {
  return {
    key,
    schema: { description, default: byDefault, type: "boolean" },
    default: byDefault,
    read: Boolean,
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

/** A short name of letters and digits; empty by default. */
export function word(key: string, maxLength: number, description: string): Field<string> {
  return {
    key,
    schema: { description, default: "", type: "string", word: maxLength },
    default: "",
    read: String,
  };
}

/** The address of a web server, without a path; none by default. */
export function webServer(key: string, description: string): Field<URL | undefined> {
  return {
    key,
    schema: { description, default: "", type: "string", webServer: true },
    default: undefined,
    read: (written) => (written === "" ? undefined : new URL(String(written))),
  };
}

/** The URLs of servers; none by default. */
export function rtmpUrls(key: string, description: string): Field<readonly RtmpUrl[]> {
  return {
    key,
    schema: { description, default: [], type: ["string", "array", "null"], rtmpUrls: "any" },
    default: [],
    read: (written) => [written ?? []].flat().map((text) => RtmpUrl.parse(String(text))!),
  };
}

/** The URL of a server; none by default. */
export function rtmpUrl(key: string, description: string): Field<RtmpUrl | undefined> {
  return {
    key,
    schema: { description, default: "", type: "string", rtmpUrls: "one" },
    default: undefined,
    read: (written) => RtmpUrl.parse(String(written)),
  };
}

/** This many bytes, as hexadecimal digits. */
export function bytes(key: string, length: number, description: string): Field<Uint8Array> {
  return {
    key,
    schema: { description, type: "string", hex: 2 * length },
    default: new Uint8Array(length),
    read: (written) => new Uint8Array(Buffer.from(String(written), "hex")),
  };
}

/** The name of a file; required. */
export function file(key: string, description: string): Field<string> {
  return { key, schema: { description, type: "string", minLength: 1 }, default: "", read: String };
}

/** The name of a file; none by default. */
export function optionalFile(key: string, description: string): Field<string> {
  return { key, schema: { description, default: "", type: "string" }, default: "", read: String };
}

/** Some of these choices, at least one; all of them by default. */
export function someOf<T extends string>(
  key: string,
  choices: readonly T[],
  description: string,
): Field<readonly T[]> {
  return {
    key,
    schema: {
      description,
      default: choices,
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { enum: choices },
    },
    default: choices,
    read: (written) => written as readonly T[],
  };
}

/** Addresses and networks; none by default. */
export function networks(key: string, description: string): Field<readonly string[]> {
  return {
    key,
    schema: { description, default: [], type: ["array", "null"], items: { type: "string", network: true } },
    default: [],
    read: (written) => (written ?? []) as readonly string[],
  };
}

/** Names of hosts; none by default. */
export function hostNames(key: string, description: string): Field<readonly string[]> {
  return {
    key,
    schema: { description, default: [], type: ["array", "null"], items: { type: "string", hostName: true } },
    default: [],
    read: (written) => (written ?? []) as readonly string[],
  };
}

/** A list of sections; empty by default. All keys of an entry are required, unless `needed` names some. */
export function listOf<T>(
  key: string,
  fields: Fields<T>,
  description: string,
  needed?: readonly (keyof T & string)[],
): Field<readonly T[]> {
  const { properties = {}, ...rest } = section("One of them.", fields);
  const required = needed ?? Object.keys(properties);
  const items = { ...rest, type: "object", properties, required };
  return {
    key,
    schema: { description, default: [], type: ["array", "null"], items },
    default: [],
    read: (written) => ((written ?? []) as readonly unknown[]).map((each) => readSection(fields, each)),
  };
}

/** A section within a section. */
export function group<T>(key: string, fields: Fields<T>, description: string): Field<T> {
  const read = (written: unknown): T => readSection(fields, written);
  return { key, schema: section(description, fields), default: read({}), read };
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

/** A size, or "auto": what fits the machine. */
export function sizeOrAuto(key: string, range: Range, description: string): Field<number | "auto"> {
  return {
    key,
    schema: { description, default: "auto", size: range, orAuto: true },
    default: "auto",
    read: (written) => (written === "auto" ? "auto" : parseSize(written)!),
  };
}
