import { formatDuration, formatSize, nearest, type Path, parseDuration, parseSize } from "@headgate/config";
import { isNetwork } from "@headgate/listener";
import { RtmpUrl } from "@headgate/session";
import { Ajv, type ErrorObject } from "ajv";
import type { Range, Schema } from "./field.ts";
import { CONFIG_SCHEMA } from "./schema.ts";

/** One mistake: a sentence about the value at `path`, or about its key `key`. */
export interface Mistake {
  readonly path: Path;
  readonly key?: string;
  readonly sentence: string;
}

/** Every mistake in a configuration, in no particular order; none if it can be used. */
export function validate(document: unknown): readonly Mistake[] {
  if (matches(document)) return [];
  const mistakes = new Map<string, Mistake>();
  for (const error of matches.errors ?? []) {
    // A bad property name is reported twice: by the rule it breaks, and by `propertyNames`, which says where.
    if (error.propertyName !== undefined) continue;
    const mistake = toMistake(error);
    // One sentence says everything expected of a value, so a value that breaks two rules is one mistake.
    mistakes.set(`${error.instancePath} ${mistake.key ?? ""}`, mistake);
  }
  return [...mistakes.values()];
}

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
ajv.addKeyword({
  keyword: "duration",
  validate: (range: Range, value: unknown) => within(range, parseDuration(value)),
});
ajv.addKeyword({
  keyword: "size",
  validate: (range: Range, value: unknown, schema?: Schema) =>
    (schema?.orAuto && value === "auto") || within(range, parseSize(value)),
});
ajv.addKeyword("orAuto");
ajv.addKeyword({
  keyword: "hex",
  validate: (length: number, value: unknown) => new RegExp(`^[0-9a-fA-F]{${length}}$`).test(String(value)),
});
ajv.addKeyword({
  keyword: "word",
  validate: (most: number, value: unknown) => new RegExp(`^[a-z0-9]{0,${most}}$`).test(String(value)),
});
ajv.addKeyword({
  keyword: "webServer",
  validate: (_: true, value: unknown) => value === "" || /^http:\/\/[^/?#@\s]+\/?$/.test(String(value)),
});
ajv.addKeyword({
  keyword: "auto",
  validate: (_: true, value: unknown) => typeof value === "number" || value === "auto",
});
ajv.addKeyword({
  keyword: "rtmpUrls",
  validate: (many: "one" | "any", value: unknown) =>
    value === "" || (many === "one" ? [value] : [value ?? []].flat()).every(isRtmpUrl),
});
ajv.addKeyword({
  keyword: "network",
  validate: (_: true, value: unknown) => typeof value === "string" && isNetwork(value),
});
ajv.addKeyword({
  keyword: "hostName",
  validate: (_: true, value: unknown) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(String(value)),
});
const matches = ajv.compile(CONFIG_SCHEMA);

function isRtmpUrl(value: unknown): boolean {
  return typeof value === "string" && RtmpUrl.parse(value) !== undefined;
}

function within([least, most]: Range, value: number | undefined): boolean {
  return value !== undefined && value >= least && value <= most;
}

function toMistake(error: ErrorObject): Mistake {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const schema = error.parentSchema as Schema;
  if (error.keyword === "additionalProperties") {
    const key = String(error.params.additionalProperty);
    return { path, key, sentence: unknownKey(key, Object.keys(schema.properties ?? {})) };
  }
  if (error.keyword === "propertyNames") {
    const key = String(error.params.propertyName);
    return {
      path,
      key,
      sentence: `${JSON.stringify(key)} cannot be an application's name: use "live", "live/west" or "*"`,
    };
  }
  if (error.keyword === "required") {
    return { path, sentence: `needs ${(schema.required ?? []).join(" and ")}` };
  }
  // The value may contain a password.
  if (schema.rtmpUrls) return { path, sentence: `must be ${expectation(schema)}` };
  return {
    path,
    sentence: `must be ${expectation(schema)}, not ${shown(error.data)}${choiceMeant(schema, error.data)}`,
  };
}

/** JSON Pointer writes `/` within a step as `~1` (RFC 6901 §3). */
function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const hint = meant === undefined ? `known here: ${known.join(", ")}` : `did you mean "${meant}"?`;
  return `unknown key ${JSON.stringify(key)} (${hint})`;
}

function expectation(schema: Schema): string {
  if (schema.duration) {
    const [least, most] = schema.duration.map(formatDuration);
    return `a duration with its unit from ${least} to ${most}, such as "${schema.default}"`;
  }
  if (schema.size) {
    const [least, most] = schema.size.map(formatSize);
    return `a size from ${least} to ${most}, such as "8MiB" or a number of bytes${schema.orAuto ? ", or auto" : ""}`;
  }
  if (schema.auto) return `a whole number from ${schema.minimum} to ${schema.maximum}, or auto`;
  if (schema.rtmpUrls)
    return `the URL of an RTMP server such as "rtmp://10.0.0.5/live"${schema.rtmpUrls === "any" ? ", or a list of such" : ""}`;
  if (schema.network) return 'an address or a network such as "10.0.0.0/8"';
  if (schema.hostName) return 'the name of a host such as "gateway.example.com"';
  if (schema.hex !== undefined) return `${schema.hex} hexadecimal digits`;
  if (schema.word !== undefined) return `at most ${schema.word} small letters and digits`;
  if (schema.webServer) return 'the address of a web server such as "http://127.0.0.1:8134"';
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.type === "integer") return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === "boolean") return "true or false";
  if (schema.type === "string")
    return schema.default ? `text such as "${schema.default}"` : "the name of a file";
  if (schema.items)
    return `a list${schema.minItems ? " of at least one entry" : ""}, ${entriesOf(schema.items)}`;
  if (schema.minProperties) return "application names, at least one, each with its keys below it";
  return `keys with their values (${keysOf(schema)})`;
}

function entriesOf(items: Schema): string {
  return items.properties ? `each with "-" and keys (${keysOf(items)})` : `each ${expectation(items)}`;
}

function keysOf(schema: Schema): string {
  return Object.keys(schema.properties ?? {}).join(", ");
}

function shown(value: unknown): string {
  if (value === null || value === "") return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "empty" : "a group of keys";
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function choiceMeant(schema: Schema, value: unknown): string {
  const meant = typeof value === "string" && schema.enum ? nearest(value, schema.enum) : undefined;
  return meant === undefined ? "" : ` (did you mean "${meant}"?)`;
}
