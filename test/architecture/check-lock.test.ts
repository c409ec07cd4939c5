import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const CHECK = fileURLToPath(new URL("../../.dev/check-lock.mjs", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "headgate-lock-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const GOOD = { version: "1.0.0", integrity: `sha512-${"A".repeat(86)}==`, license: "MIT" };
const ROOT = { engines: { node: ">=20.19" }, dependencies: { good: "1.0.0" } };

/** What the check says of a lock file with these packages beside a good one. */
function check(packages: Record<string, object>): { readonly ok: boolean; readonly lines: string[] } {
  const lock = { packages: { "": ROOT, "node_modules/good": GOOD, ...packages } };
  writeFileSync(join(FOLDER, "package-lock.json"), JSON.stringify(lock));
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, FOLDER], { encoding: "utf8" });
  const lines = `${stdout}${stderr}`.trim().split("\n");
  return { ok: status === 0, lines: lines.filter((line) => !line.startsWith("package-lock.json:")) };
}

test("a lock file with all that belongs into it is good", () => {
  const official = { ...GOOD, resolved: "https://registry.npmjs.org/@a/b/-/b-1.0.0.tgz" };
  const either = { ...GOOD, license: "(MIT OR GPL-3.0-only)" };
  const newer = { ...GOOD, engines: { node: "^18.12 || >=20.9" } };
  const nested = { ...GOOD, dependencies: { inner: "*", good: "*" } };
  const packages = { "node_modules/@a/b": official, "node_modules/c": either, "node_modules/d": newer };
  const outcome = check({
    ...packages,
    "node_modules/e": nested,
    "node_modules/e/node_modules/inner": GOOD,
    "node_modules/own": { resolved: "packages/own", link: true },
    "packages/own": { version: "0.1.0", dependencies: { good: "1.0.0" } },
  });
  expect(outcome).toEqual({ ok: true, lines: [] });
});

const BAD: readonly (readonly [object, string])[] = [
  [{ integrity: undefined }, "has no sha512 checksum"],
  [{ integrity: "sha1-AAAA" }, "has no sha512 checksum"],
  [{ resolved: "https://evil.example/bad-1.0.0.tgz" }, "comes from https://evil.example/bad-1.0.0.tgz"],
  [
    { resolved: "https://registry.npmjs.org/other/-/other-1.0.0.tgz" },
    "comes from https://registry.npmjs.org/other/-/other-1.0.0.tgz",
  ],
  [{ resolved: "git+ssh://git@github.com/a/bad.git" }, "comes from git+ssh://git@github.com/a/bad.git"],
  [{ license: undefined }, "licence none is not allowed"],
  [{ license: "AGPL-3.0-only" }, "licence AGPL-3.0-only is not allowed"],
  [{ license: "MIT AND GPL-2.0" }, "licence MIT AND GPL-2.0 is not allowed"],
  [{ engines: { node: ">=22" } }, "needs Node.js >=22, and 20.19.0 is promised"],
  [{ engines: { node: "^20.20 || >=22" } }, "needs Node.js ^20.20 || >=22, and 20.19.0 is promised"],
  [{ dependencies: { gone: "1.0.0" } }, "needs gone, which is missing"],
  [{ optionalDependencies: { "gone-win32": "1.0.0" } }, "needs gone-win32, which is missing"],
];

test.each(BAD)("a package with %o is refused", (wrong, line) => {
  const outcome = check({ "node_modules/bad": { ...GOOD, ...wrong } });
  expect(outcome).toEqual({ ok: false, lines: [`node_modules/bad: ${line}`] });
});

test("of a package for development alone a newer Node.js is told and a licence is not", () => {
  const wanted = { ...GOOD, dev: true, license: "MPL-2.0", engines: { node: ">=24" } };
  const outcome = check({ "node_modules/tool": wanted });
  const line = "for development only: node_modules/tool: needs Node.js >=24, and 20.19.0 is promised";
  expect(outcome).toEqual({ ok: true, lines: [line] });
});
