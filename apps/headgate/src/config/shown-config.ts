import { shown } from "@headgate/config";
import { CONFIG } from "./config.ts";
import type { Config } from "./load-config.ts";

/** The configuration in force as it would be written, without its secrets. */
export function shownConfig({ gateway, memoryBytes: _, ...rest }: Config): Readonly<Record<string, unknown>> {
  return shown(CONFIG, { ...rest, ...gateway });
}
