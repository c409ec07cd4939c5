import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Pack {
  readonly name: string;
  readonly files: { readonly path: string }[];
}

/** The folders of all packages that can be published. */
function publicFolders(): string[] {
  const wings = readdirSync(`${ROOT}packages`).map((wing) => `packages/${wing}`);
  return [...wings, "apps"]
    .flatMap((parent) => readdirSync(ROOT + parent).map((name) => `${parent}/${name}`))
    .filter((folder) => !JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, "utf8")).private);
}

test("packages are published with their build alone, not with sources, tests or benchmarks", () => {
  const workspaces = publicFolders().flatMap((folder) => ["--workspace", folder]);
  expect(workspaces.length).toBeGreaterThan(2 * 15);
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", ...workspaces], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const packs: Pack[] = Object.values(JSON.parse(output));
  expect(packs.length).toBe(workspaces.length / 2);
  const unexpected = packs.flatMap(({ name, files }) =>
    files
      .filter(({ path }) => /\.test\.|^(src|test|bench)\//.test(path))
      .map(({ path }) => `${name}/${path}`),
  );
  expect(unexpected).toEqual([]);
});
