import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readBlockFile } from "./block-files.ts";
import type { Directive } from "./part.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "headgate-blocks-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function write(name: string, content: string): string {
  const file = join(FOLDER, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function read(content: string, opaque: readonly string[] = []): readonly Directive[] {
  return readBlockFile(write("main", content), { folders: [FOLDER], opaque: new Set(opaque) });
}

function namesIn(directives: readonly Directive[]): readonly unknown[] {
  return directives.map(({ name, parts }) => (parts.length > 0 ? [name, namesIn(parts)] : name));
}

test("what is included follows the include, in any block, with its own place", () => {
  write("inner", "a;\nb;");
  const directives = read("x { include inner; c; }");
  expect(namesIn(directives)).toEqual([["x", ["include", "a", "b", "c"]]]);
  expect(directives[0]?.parts[2]?.place).toBe(join(FOLDER, "inner:2:1"));
});

test("a * stands for files of a folder, in their order, and not for hidden ones", () => {
  for (const name of ["b.conf", "a.conf", ".c.conf", "d.conf.off"])
    write(`servers/${name}`, `${name.at(0)};`);
  expect(namesIn(read("include servers/*.conf; include servers/*b*.conf; include none/*;"))).toEqual([
    "include",
    "a",
    "b",
    "include",
    "b",
    "include",
  ]);
});

test("an include in a block of which nothing is imported is not followed", () => {
  expect(namesIn(read("http { include mime.types; }", ["http"]))).toEqual([["http", ["include"]]]);
});

test.each([
  ["include missing;", "its file cannot be read: there is no such file"],
  ["include .;", "its file cannot be read: it is a folder"],
  ["include */x;", 'its name has other wildcards than "*" in the last level'],
  ["include x?;", 'its name has other wildcards than "*" in the last level'],
  ["include;", "it names no file"],
])("%j says why it is not followed", (text, problem) => {
  expect(read(text)[0]?.problem).toBe(problem);
});

test("a file that cannot be read is no configuration", () => {
  expect(() => readBlockFile(join(FOLDER, "missing"), { folders: [], opaque: new Set() })).toThrow(
    new Error(`${FOLDER}/missing: cannot be read: there is no such file`),
  );
});

test("a file that includes itself, by whatever way, is refused with the place", () => {
  write("one", "a;\n include two;");
  write("two", "include one;");
  expect(() => read("include one;")).toThrow(new Error(`${FOLDER}/two:1:1: includes the file that it is in`));
});

test("files are included 10 deep", () => {
  for (let depth = 1; depth <= 12; depth += 1) write(`deep${depth}`, `include deep${depth + 1};`);
  write("deep11", "a;");
  expect(JSON.stringify(namesIn(read("include deep2;")))).toContain('"a"');
  expect(() => read("include deep1;")).toThrow(
    new Error(`${FOLDER}/deep10:1:1: included deeper than 10 files`),
  );
});

test("500 files are included, and no more", () => {
  write("small", "a;");
  expect(read("include small;\n".repeat(500))).toHaveLength(1000);
  expect(() => read("include small;\n".repeat(501))).toThrow(
    new Error(`${FOLDER}/main:501:1: more than 500 included files`),
  );
});

test("all files together have a mebibyte at most", () => {
  write("large", `${"#".repeat(400_000)}\na;`);
  expect(namesIn(read("include large; include large;"))).toEqual(["include", "a", "include", "a"]);
  expect(() => read("\ninclude large large large;")).toThrow(
    new Error(`${FOLDER}/main:2:1: with this file there are more than 1048576 bytes`),
  );
  expect(() => read("#".repeat(1024 * 1024 + 1))).toThrow(
    new Error(`${FOLDER}/main: cannot be read: it is larger than 1 MiB`),
  );
});
