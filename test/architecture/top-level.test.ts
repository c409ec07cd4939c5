import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);

const AGREED = [
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "apps",
  "certs",
  "deploy",
  "docs",
  "examples",
  "package-lock.json",
  "package.json",
  "packages",
  "test",
  "tsconfig.json",
  "turbo.json",
];

test("nothing stands at the top level but the agreed entries and dot-files", () => {
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" });
  const entries = new Set(tracked.split("\0").map((path) => path.split("/")[0] as string));
  const visible = [...entries].filter((entry) => entry !== "" && !entry.startsWith("."));
  expect(visible.sort()).toEqual(AGREED);
});

test("no private key is in the repository", () => {
  const pattern = "BEGIN ([A-Z]+ )?PRIVATE KEY";
  const { stdout } = spawnSync("git", ["grep", "-lE", pattern, "--", ":!test/architecture"], { cwd: ROOT });
  const found = stdout.toString().trim();
  expect(found).toBe("");
});

test("the TypeScript solution refers to every package and every app", () => {
  const { references } = JSON.parse(readFileSync(new URL("tsconfig.json", ROOT), "utf8"));
  const referred = references.map(({ path }: { path: string }) => path).sort();
  const tracked = execFileSync("git", ["ls-files", "packages/*/package.json", "apps/*/package.json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const folders = tracked
    .trim()
    .split("\n")
    .map((path) => path.replace("/package.json", ""));
  expect(referred).toEqual(folders.sort());
});
