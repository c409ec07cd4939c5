import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** The cells of the tables between a heading and the next one of its level. */
function rowsBelow(page: string, heading: string): string[][] {
  const [, section = ""] = `${page}\n## `.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const rows = own.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((line) =>
    line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
}

/** What a cell has between backticks. */
function codesIn(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
}

test("docs/errors.md has every reason why a server cannot be reached", () => {
  const source = read("packages/transports/transport/src/dial-error.ts");
  const codes = [...source.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(5);
  const documented = rowsBelow(read("docs/errors.md"), "Relays and tools").flatMap(([code]) => codesIn(code));
  expect(documented).toEqual(expect.arrayContaining(codes));
});

test("every package says what it is, and which of its exports are the main ones", () => {
  const manifests = execFileSync("git", ["ls-files", "packages/*/*/package.json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const wrong = manifests
    .trim()
    .split("\n")
    .map(dirname)
    .filter((folder) => !existsSync(join(ROOT, folder, "README.md")) || missingExports(folder).length > 0);
  expect(wrong).toEqual([]);
});

/** Those that the README names and the package does not have. */
function missingExports(folder: string): readonly string[] {
  const [, main = ""] = /^- Main exports: ([\s\S]*?)(?=^- |^$)/m.exec(read(`${folder}/README.md`)) ?? [];
  const index = new Set(read(`${folder}/src/index.ts`).match(/\w+/g));
  return codesIn(main).filter((name) => !index.has(name));
}

test("docs/api.md says how long lists are written", () => {
  const [, slice] = /SLICE = (\d+)/.exec(read("packages/features/api/src/server-view.ts")) ?? [];
  expect(read("docs/api.md")).toContain(`is written ${slice} entries at a time`);
});

test("links between documents lead to files and headings that exist", () => {
  const documents = execFileSync("git", ["ls-files", "*.md"], { cwd: ROOT, encoding: "utf8" })
    .trim()
    .split("\n");
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(document, target))
      .map((target) => `${document}: ${target}`),
  );
  expect(broken).toEqual([]);
});

function leadsSomewhere(document: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || headingsOf(read(file)).includes(anchor);
}

/** As they are written in links. */
function headingsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
