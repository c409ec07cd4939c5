import { type ConfigFile, readRegularFile } from "@headgate/config";
import { type LoadedConfig, loadConfig } from "./config/load-config.ts";
import { availableMemory } from "./process-limits.ts";

/** The first of these in the working directory is read unless another file is named. */
export const DEFAULT_CONFIG_NAMES: readonly string[] = ["headgate.yaml", "headgate.yml"];

/** How the configuration is called if there is no file. */
export const DEFAULTS_NAME = "defaults";

/**
 * Enough for ten thousand applications with some keys each. A larger file is not a configuration, and would take minutes to
 * parse. Bytes.
 */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** The configuration of this process, and the name of its file, if there is one. */
export function readConfig(name: string | undefined): LoadedConfig & { readonly from: string | undefined } {
  for (const candidate of name === undefined ? DEFAULT_CONFIG_NAMES : [name]) {
    const file = read(candidate);
    if (typeof file === "object") return { ...load(file), from: candidate };
    if (name !== undefined || file !== MISSING)
      return { problems: [`${candidate}: cannot be read: ${file}`], from: name };
  }
  return { ...load(undefined), from: undefined };
}

function load(file: ConfigFile | undefined): LoadedConfig {
  return loadConfig(file, process.env, availableMemory());
}

/** The file, or why it cannot be read. */
function read(name: string): ConfigFile | string {
  try {
    return { name, content: decode(readRegularFile(name, MAX_CONFIG_BYTES)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return REASONS[code ?? ""] ?? message;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}

const MISSING = "there is no such file";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: MISSING,
  EACCES: "this user is not allowed to read it",
};
