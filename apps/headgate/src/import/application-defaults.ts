import type { AnySection } from "@headgate/config";
import { CONFIG } from "../config/config.ts";

/** The value that a key of an application has without being written, as it would be written. */
export function applicationDefault(keys: readonly string[]): unknown {
  const { parts } = CONFIG.applications;
  if (parts?.kind !== "named") throw new Error("applications have no names");
  return defaultIn(parts.entries.parts.fields, keys);
}

function defaultIn(fields: AnySection, [first, ...others]: readonly string[]): unknown {
  const field = Object.values(fields).find(({ key }) => key === first);
  if (field?.parts?.kind === "section" && others.length > 0) return defaultIn(field.parts.fields, others);
  return field?.writtenDefault;
}
