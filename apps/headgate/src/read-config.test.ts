import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readConfig } from "./read-config.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "headgate.yaml");

/** What is said of a file with this content. */
function problemsOf(content: string | Uint8Array): readonly string[] {
  writeFileSync(file, content);
  return (readConfig(file).problems ?? []).map((problem) => problem.replace(file, "F"));
}

const level = (name: string, of: string): string => `${name}: &${name} [${`*${of},`.repeat(10)}]\n`;

test.each([
  ["an alias of nothing", "admin: *x\n", "F:1:8: there is no anchor &x before this alias"],
  ["an alias before its anchor", "log: *l\nadmin: &l {}\n", "F:1:6: there is no anchor &l before this alias"],
  ["an alias in a merge key", "log:\n  <<: *l\n", "F:2:7: there is no anchor &l before this alias"],
  ["an alias as a key", "*k : 1\n", "F:1:1: there is no anchor &k before this alias"],
  ["an alias of what it is in", "listeners: &a [*a]\n", "F:1:16: the alias *a stands for what it is part of"],
  [
    "aliases of aliases",
    `a: &a [1]\n${level("b", "a")}${level("c", "b")}${level("d", "c")}${level("e", "d")}${level("f", "e")}`,
    "F:2:8: its aliases stand for too many values",
  ],
  ["a tab", "log:\n\tlevel: info\n", "F:2:1: Tabs are not allowed as indentation"],
  ["a tag of another language", 'log: !!js/function "x"\n', /^F:1:6: Unresolved tag/],
  ["UTF-16", Buffer.from("\ufefflog: {}\n", "utf16le"), "F: cannot be read: it is not UTF-8 text"],
  ["binary", Uint8Array.from({ length: 4096 }, (_, i) => i * 7), "F: cannot be read: it is not UTF-8 text"],
])("%s is a mistake with its position", (_, content, problem) => {
  expect(problemsOf(content)[0]).toEqual(
    typeof problem === "string" ? problem : expect.stringMatching(problem),
  );
});

test.each([
  ["[", /^F:1:\d+: it is nested deeper than 100 levels$/],
  ["- ", /^F:1:\d+: it is nested deeper than 100 levels$/],
  ["!", /^F:1:1: .{1,250}$/],
])("very many times %j is one short mistake", (text, problem) => {
  expect(problemsOf(text.repeat(200_000))[0]).toMatch(problem);
});

test("a file with a mistake in every line has a bounded number of mistakes", () => {
  const problems = problemsOf("log: {}\n".repeat(1_000));
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)).toBe("F: 979 more");
});

test("a byte order mark is nothing", () => {
  expect(problemsOf("\ufefflog: {level: debug}\n")).toEqual([]);
});

test("many applications may share what they have in common", () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `  a${index}: *common\n`);
  const common = "applications:\n  first: &common { gopCache: 1s }\n";
  expect(problemsOf(common + names.join(""))).toEqual([]);
});

test.each<[string, (name: string) => void, string]>([
  ["a folder", (name) => mkdirSync(name), "it is a folder"],
  ["a pipe that nobody writes to", (name) => execFileSync("mkfifo", [name]), "it is not a regular file"],
  [
    "a file of 100 MB",
    (name) => {
      writeFileSync(name, "");
      truncateSync(name, 100e6);
    },
    "it is larger than 1 MiB",
  ],
])("%s is said to be none", (kind, make, reason) => {
  const name = join(folder, kind);
  make(name);
  expect(readConfig(name).problems).toEqual([`${name}: cannot be read: ${reason}`]);
});
