import { PROTOCOL_ERRORS } from "@headgate/bytes";
import type { Reload } from "@headgate/config";
import { REFUSALS } from "@headgate/gateway";
import { inline } from "./example-file.test.helper.ts";
import { allKeys, isNone, type Key } from "./keys.test.helper.ts";

/** The tables of the manual, by document and name. */
export function manualTables(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const keys = allKeys();
  const ofApplications = keys.filter(({ path }) => path.startsWith("applications."));
  const limits = keys.filter(({ path }) => /^(limits|timeouts)\./.test(path));
  const others = keys.filter((key) => !ofApplications.includes(key) && !limits.includes(key));
  const otherLimits = [...others, ...ofApplications].filter(({ beyond }) => beyond !== undefined);
  return {
    "docs/configuration.md": {
      "keys of an application": keyTable(ofApplications, "applications.*."),
      "other keys": keyTable(others),
    },
    "docs/limits.md": { limits: limitTable([...limits, ...otherLimits]) },
    "docs/errors.md": { "protocol errors": protocolErrorTable(), refusals: refusalTable() },
  };
}

function keyTable(keys: readonly Key[], prefix: string = ""): string {
  const rows = keys.map((key) => [...factsOf(key, prefix), reachOf(key), key.description]);
  return table(["key", "default", "what may be written", "on reload", "meaning"], rows);
}

function limitTable(keys: readonly Key[]): string {
  const rows = keys.map((key) => [...factsOf(key), reachOf(key), key.description, key.beyond ?? ""]);
  return table(
    ["key", "default", "what may be written", "on reload", "meaning", "what happens beyond it"],
    rows,
  );
}

function factsOf(key: Key, prefix: string = ""): string[] {
  const withoutExample = key.expects.replace(/,? such as "[^"]*"( or a number of bytes)?/, "");
  return [`\`${key.path.slice(prefix.length)}\``, defaultOf(key), withoutExample];
}

/** What a new value reaches. */
function reachOf({ reload }: Key): string {
  return reload === undefined ? "" : REACH[reload];
}

const REACH: Readonly<Record<Reload, string>> = {
  live: "at once",
  sessions: "new sessions",
  listener: "at once",
  restart: "restart",
};

function defaultOf(key: Key): string {
  if (key.isRequired) return "required";
  return isNone(key) ? "none" : inline(key.writtenDefault);
}

function protocolErrorTable(): string {
  const errors = Object.entries(PROTOCOL_ERRORS).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = errors.map(([code, { section, cause }]) => [`\`${code}\``, section, cause]);
  return table(["code", "section", "what the peer did"], rows);
}

function refusalTable(): string {
  const rows = Object.entries(REFUSALS).map(([code, { told, remedy }]) => [`\`${code}\``, told, remedy]);
  return table(["reason", "what the client is told", "what to do"], rows);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
