import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);

/** Calls the global `fetch` or one that is imported, or makes connections of undici. */
const ASKING = /await fetch\(|from "undici"/;

/** The command line asks its own server. */
const EXEMPT_FILES =
  /\.test\.|^packages\/testing\/|^packages\/server\/http-client\/|^apps\/headgate\/src\/admin-client\.ts$/;

test("replies of other servers are read in small parts: all connections of undici come from http-client", () => {
  const tracked = execFileSync("git", ["ls-files", "-z", "packages/*.ts", "apps/headgate/src/*.ts"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const files = tracked.split("\0").filter((path) => path !== "" && !EXEMPT_FILES.test(path));
  const sources = files.map((path) => [path, readFileSync(new URL(path, ROOT), "utf8")] as const);
  const asking = sources.filter(([, source]) => ASKING.test(source));
  expect(asking.length).toBeGreaterThan(3);
  const others = asking.filter(([, source]) => !source.includes('from "@headgate/http-client"'));
  expect(others.map(([path]) => path)).toEqual([]);
});
