import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { ConfigFile } from "@headgate/config";
import { type LoadedConfig, loadConfig } from "./config/load-config.ts";
import { availableMemory } from "./process-limits.ts";

/** Read from the working directory unless another file is named. */
export const DEFAULT_CONFIG_NAME = "headgate.yaml";

/**
 * Enough for ten thousand applications with some keys each. A larger file is not a configuration, and would take minutes to
 * parse. Bytes.
 */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** The configuration of this process, and the name of its file, if there is one. */
export function readConfig(name: string | undefined): LoadedConfig & { readonly from: string | undefined } {
  let file: ConfigFile | undefined;
  try {
    file = { name: name ?? DEFAULT_CONFIG_NAME, content: readText(name ?? DEFAULT_CONFIG_NAME) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isOptional = name === undefined && code === "ENOENT";
    if (!isOptional) {
      const reason = REASONS[code ?? ""] ?? message;
      return { problems: [`${name ?? DEFAULT_CONFIG_NAME}: cannot be read: ${reason}`], from: name };
    }
  }
  return { ...loadConfig(file, process.env, availableMemory()), from: file?.name };
}

function readText(name: string): string {
  // Opening a pipe without a writer would block.
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new Error("it is a folder");
    if (!stats.isFile()) throw new Error("it is not a regular file");
    if (stats.size > MAX_CONFIG_BYTES) throw new Error("it is larger than 1 MiB");
    return decode(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user is not allowed to read it",
};
