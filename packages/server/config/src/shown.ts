import type { AnySection, Section, ValueType } from "./field.ts";

/** In place of a secret that is set. */
export const MASK = "***";

/** The options of a section by their keys in the file, as they are written there, without secrets. */
export function shown<T>(section: Section<T>, options: T): Readonly<Record<string, unknown>> {
  const fields = Object.entries(section as AnySection);
  const values = options as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map(([name, field]) => [field.key, shownValue(field, values[name])]));
}

function shownValue(type: ValueType<unknown>, value: unknown): unknown {
  const { parts, isSecret, format } = type;
  if (value === undefined) return null;
  if (parts?.kind === "section") return shown(parts.fields as Section<unknown>, value);
  if (parts?.kind === "list" && Array.isArray(value))
    return value.map((each) => shownValue(parts.items, each));
  if (parts?.kind === "named" && value instanceof Map)
    return Object.fromEntries([...value].map(([name, each]) => [name, shownValue(parts.entries, each)]));
  if (format) return format(value);
  if (isSecret) return MASK;
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : asScalar(value);
}

function asScalar(value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? String(value) : value;
}
