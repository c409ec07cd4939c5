import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);

interface Row {
  readonly folder: string;
  readonly floor: string;
  readonly imports: string[];
}

/** The rows `| floor | [folder](folder) | what | imports |` of the README's package table. */
function readmeTable(): Row[] {
  const readme = readFileSync(new URL("README.md", ROOT), "utf8");
  return [
    ...readme.matchAll(/^\| (\S+) \| \[[^\]]+\]\(((?:packages|apps)\/[^)]+)\) \|[^|]*\|([^|]*)\|$/gm),
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

test("the README's package table names every package with its floor and its imports", () => {
  const byFolder = (a: Row, b: Row) => a.folder.localeCompare(b.folder);
  const sorted = (rows: Row[]) =>
    rows.map((row) => ({ ...row, imports: row.imports.toSorted() })).sort(byFolder);
  expect(sorted(readmeTable())).toEqual(sorted(packages()));
});

test("the README's package table is in floor order", () => {
  const floors = readmeTable()
    .map(({ floor }) => floor)
    .filter((floor) => /^\d$/.test(floor));
  expect(floors).toEqual(floors.toSorted());
  expect(floors.length).toBeGreaterThan(5);
});
