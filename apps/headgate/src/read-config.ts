import type { ConfigFile } from "@headgate/config";
import { type LoadedConfig, loadConfig } from "./config/load-config.ts";
import { DEFAULT_CONFIG_NAMES } from "./known-names.ts";
import { availableMemory } from "./process-limits.ts";
import { NO_SUCH_FILE, readText } from "./read-text.ts";

/** How the configuration is called if there is no file. */
export const DEFAULTS_NAME = "defaults";

/**
 * Enough for ten thousand applications with some keys each. A larger file is not a configuration, and would take minutes to
 * parse. Bytes.
 */
export const MAX_CONFIG_BYTES: number = 1024 * 1024;

/** A configuration, and where it comes from. */
export type ReadConfig = LoadedConfig & {
  /** The name of its file, if there is one. */
  readonly from: string | undefined;
  readonly file?: ConfigFile | undefined;
};

/** The configuration of this process, and the name of its file, if there is one. */
export function readConfig(name: string | undefined): ReadConfig {
  for (const candidate of name === undefined ? DEFAULT_CONFIG_NAMES : [name]) {
    const { text, problem } = readText(candidate, MAX_CONFIG_BYTES);
    if (problem === undefined) return parseConfig({ name: candidate, content: text });
    if (name !== undefined || problem !== NO_SUCH_FILE)
      return { problems: [`${candidate}: cannot be read: ${problem}`], from: name };
  }
  return parseConfig(undefined);
}

/** The configuration that is written in a file, or the defaults without one. */
export function parseConfig(file: ConfigFile | undefined): ReadConfig {
  // For commands that ask a running server. It names no key.
  const { HEADGATE_TOKEN: _, ...environment } = process.env;
  return { ...loadConfig(file, environment, availableMemory()), file, from: file?.name };
}
