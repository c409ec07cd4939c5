import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { Schema } from "./field.ts";
import { loadConfig } from "./load-config.ts";
import { CONFIG_SCHEMA } from "./schema.ts";

const name = "headgate.example.yaml";
const content = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

test("the example is a valid configuration, and says the defaults", () => {
  const [example, defaults] = [loadConfig({ name, content }, {}).config, loadConfig(undefined, {}).config];
  // The other default listeners may give way, which a configured one must not.
  expect(example?.listeners).toEqual(defaults?.listeners.slice(0, 1));
  expect({ ...example, listeners: [] }).toEqual({ ...defaults, listeners: [] });
});

test("the example has every key there is", () => {
  expect(keysWritten(parse(content))).toEqual(keysOf(CONFIG_SCHEMA));
});

/** As `listeners.0.port` and `applications.*.gopCache`. */
function keysOf({ properties, items, additionalProperties, default: byDefault }: Schema): string[] {
  if (Array.isArray(byDefault)) return [];
  if (properties) return Object.entries(properties).flatMap(([key, child]) => under(key, keysOf(child)));
  if (items) return under("0", keysOf(items));
  if (additionalProperties) return under("*", keysOf(additionalProperties));
  return [];
}

function keysWritten(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  // Lists of plain values.
  if (Array.isArray(value) && typeof value[0] !== "object") return [];
  return Object.entries(value).flatMap(([key, child]) => under(key, keysWritten(child)));
}

function under(key: string, keys: readonly string[]): string[] {
  return keys.length === 0 ? [key] : keys.map((below) => `${key}.${below}`);
}
