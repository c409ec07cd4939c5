import { readFileSync } from "node:fs";
import { type ConfigFile, type LoadedConfig, loadConfig } from "./config/load-config.ts";

/** Read from the working directory where no other file is asked for. */
export const DEFAULT_CONFIG_NAME = "headgate.yaml";

/** The configuration for this process, and the name of the file it is from, if it is from one. */
export function readConfig(name: string | undefined): LoadedConfig & { readonly from: string | undefined } {
  let file: ConfigFile | undefined;
  try {
    file = { name: name ?? DEFAULT_CONFIG_NAME, content: readFileSync(name ?? DEFAULT_CONFIG_NAME, "utf8") };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isOptional = name === undefined && code === "ENOENT";
    if (!isOptional) {
      const reason = REASONS[code ?? ""] ?? message;
      return { problems: [`${name ?? DEFAULT_CONFIG_NAME}: cannot be read: ${reason}`], from: name };
    }
  }
  return { ...loadConfig(file, process.env), from: file?.name };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};
