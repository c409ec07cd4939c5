import type { AnySection, Field } from "@headgate/config";
import { CONFIG } from "./config.ts";

export interface Key extends Field<unknown> {
  /** As `applications.*.routes[].pull`. */
  readonly path: string;
}

/** Every key that has a value of its own. */
export function allKeys(): Key[] {
  return keysOf(CONFIG, "");
}

/** Whether nothing is what the key has by default. */
export function isNone({ writtenDefault }: Field<unknown>): boolean {
  if (typeof writtenDefault === "object" && writtenDefault !== null)
    return Object.keys(writtenDefault).length === 0;
  return writtenDefault === "";
}

function keysOf(section: AnySection, prefix: string): Key[] {
  return Object.values(section).flatMap((field) => {
    const path = `${prefix}${field.key}`;
    const { parts } = field;
    if (parts?.kind === "section") return keysOf(parts.fields, `${path}.`);
    const own = { ...field, path };
    if (parts?.kind === "named" && parts.rest === undefined)
      return [own, ...keysOf(parts.entries.parts.fields, `${path}.NAME.`)];
    if (parts?.kind === "named") return keysOf(parts.entries.parts.fields, `${path}.${parts.rest}.`);
    if (parts?.kind !== "list" || parts.items.parts?.kind !== "section") return [own];
    const ofEntries = keysOf(parts.items.parts.fields, `${path}[].`);
    return isNone(field) ? [own, ...ofEntries] : ofEntries;
  });
}
