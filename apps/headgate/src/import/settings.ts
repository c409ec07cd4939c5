import { type WrittenPart, YamlSource } from "@headgate/config";
import { MAX_CONFIG_BYTES } from "../read-config.ts";
import { readText } from "../read-text.ts";
import { ImportError, type Setting } from "./part.ts";

/** A mebibyte of keys with short values. Aliases can make more of a file than it is long. */
const MAX_SETTINGS = 200_000;

/** The keys of a YAML or JSON file. */
export function readSettings(file: string): readonly Setting[] {
  const { text, problem } = readText(file, MAX_CONFIG_BYTES);
  if (problem !== undefined) throw new ImportError(file, `cannot be read: ${problem}`);
  const source = new YamlSource(file, text);
  const [first] = source.problems;
  if (first !== undefined) throw new ImportError(first, "nothing of it is imported");
  if (typeof source.value !== "object" || Array.isArray(source.value))
    throw new ImportError(file, "there are no keys in it");
  let left = MAX_SETTINGS;
  const settingsOf = (parts: readonly WrittenPart[], above: string): readonly Setting[] =>
    parts.map(({ name: key, position: place, value, parts: within }) => {
      left -= 1;
      if (left < 0)
        throw new ImportError(
          place,
          `more than ${MAX_SETTINGS} keys, aliases counted as what they stand for`,
        );
      const name = above === "" ? key : `${above}.${key}`;
      return { name, key, place, value, parts: settingsOf(within(), name) };
    });
  return settingsOf(source.parts(), "");
}

export function keyOf({ key }: Setting): string {
  return key;
}

export function find(settings: readonly Setting[], key: string): Setting | undefined {
  return settings.find((setting) => setting.key === key);
}

/** A text; undefined if there is none, or it is empty. */
export function text(setting: Setting | undefined): string | undefined {
  return typeof setting?.value === "string" && setting.value !== "" ? setting.value : undefined;
}

/** Also as YAML 1.1 has it. */
export function flag(setting: Setting | undefined): boolean | undefined {
  const value = setting?.value;
  if (value === true || value === "yes" || value === "true" || value === "on") return true;
  if (value === false || value === "no" || value === "false" || value === "off") return false;
  return undefined;
}

/** Whether there is nothing in it. */
export function isEmpty({ value, parts }: Setting): boolean {
  return value === null || value === "" || (typeof value === "object" && parts.length === 0);
}
