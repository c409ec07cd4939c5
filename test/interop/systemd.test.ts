import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../support/child-processes.ts";
import { areMissing, systemd } from "../support/programs.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "headgate-systemd-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const UNIT = readFileSync(new URL("../../deploy/systemd/headgate.service", import.meta.url), "utf8");

describe.skipIf(areMissing(systemd))("systemd", () => {
  /** The unit, with programs that this machine has, so that nothing but the unit itself can be wrong. */
  function written(unit: string): string {
    const file = join(FOLDER, "headgate.service");
    const here = unit
      .replace("/usr/bin/node /opt/headgate/apps/headgate/bin/headgate.js", `${process.execPath} ${MAIN}`)
      .replace("/bin/kill", "/usr/bin/env kill");
    writeFileSync(file, here);
    return file;
  }

  const verify = (unit: string) => run("systemd-analyze", ["verify", "--man=no", written(unit)]);

  /** Of lines about this unit: others of the machine are looked at, too. */
  const about = (output: string): string[] =>
    output.split("\n").filter((line) => /headgate\.service/.test(line));

  test("has nothing to say against the unit", () => {
    expect(about(verify(UNIT).output)).toEqual([]);
    expect(about(verify(`${UNIT}\n[Service]\nLimitNOFILES=1\n`).output)).toEqual([
      expect.stringContaining("LimitNOFILES"),
    ]);
  });

  test("finds little that the unit could still be kept from", () => {
    const { output } = run("systemd-analyze", ["security", "--offline=true", "--no-pager", written(UNIT)]);
    const [, exposure] = /exposure level for headgate\.service: ([\d.]+)/.exec(output) ?? [];
    expect(Number(exposure)).toBeLessThan(2);
  });
});
