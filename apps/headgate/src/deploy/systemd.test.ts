import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inForce, ROOT } from "./in-force.test.helper.ts";

const UNIT = readFileSync(join(ROOT, "deploy/systemd/headgate.service"), "utf8");

/** The values of a setting, in order. */
const valuesOf = (setting: string): string[] =>
  [...UNIT.matchAll(new RegExp(`^${setting}=(.*)$`, "gm"))].map(([, value]) => value!);

test("the unit starts what is installed, and gives it time to end", () => {
  const [command = ""] = valuesOf("ExecStart");
  expect(command).toMatch(
    /^\/usr\/bin\/node \/opt\/headgate\/apps\/headgate\/bin\/headgate\.js serve --config /,
  );
  expect(valuesOf("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
  expect(Number(valuesOf("TimeoutStopSec")[0]) * 1000).toBeGreaterThan(inForce("").endMs);
});

test("certificates are kept in a folder that it has", () => {
  expect(valuesOf("WorkingDirectory")).toEqual([`/var/lib/${valuesOf("StateDirectory")[0]}`]);
});
