import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);

interface Row {
  readonly folder: string;
  readonly floor: string;
  readonly imports: string[];
}

/** The rows `| floor | [folder](folder) | what | imports |` of the package table of docs/architecture.md. */
function documentedTable(): Row[] {
  const page = readFileSync(new URL("docs/architecture.md", ROOT), "utf8");
  return [
    ...page.matchAll(/^\| (\S+) \| \[[^\]]+\]\(\.\.\/((?:packages|apps)\/[^)]+)\) \|[^|]*\|([^|]*)\|$/gm),
  ].map(([, floor, folder, imports]) => ({
    floor: floor as string,
    folder: folder as string,
    imports: (imports as string)
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && name !== "-"),
  }));
}

/** The same, from the manifests. */
function packages(): Row[] {
  const wings = readdirSync(new URL("packages/", ROOT)).map((wing) => `packages/${wing}`);
  return [...wings, "apps"].flatMap((parent) =>
    readdirSync(new URL(`${parent}/`, ROOT)).map((name) => {
      const folder = `${parent}/${name}`;
      const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, ROOT), "utf8"));
      const { tags } = JSON.parse(readFileSync(new URL(`${folder}/turbo.json`, ROOT), "utf8"));
      const imports = Object.keys(manifest.dependencies ?? {})
        .filter((dependency) => dependency.startsWith("@headgate/"))
        .map((dependency) => dependency.replace("@headgate/", ""));
      return { folder, floor: (tags[0] as string).replace("floor-", ""), imports };
    }),
  );
}

test("the package table of docs/architecture.md names every package with its floor and its imports", () => {
  const byFolder = (a: Row, b: Row) => a.folder.localeCompare(b.folder);
  const sorted = (rows: Row[]) =>
    rows.map((row) => ({ ...row, imports: row.imports.toSorted() })).sort(byFolder);
  expect(sorted(documentedTable())).toEqual(sorted(packages()));
});

test("the package table of docs/architecture.md is in floor order", () => {
  const floors = documentedTable()
    .map(({ floor }) => floor)
    .filter((floor) => /^\d+$/.test(floor))
    .map(Number);
  expect(floors).toEqual(floors.toSorted((a, b) => a - b));
  expect(floors.length).toBeGreaterThan(5);
});
