import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { configMistakes } from "../config/load-config.ts";
import { FOLDER, write } from "./import.test.helper.ts";

/** What `npm test` has just built: Node 20 does not run TypeScript. */
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

function headgate(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: FOLDER,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

const APPLICATION = "application live { live on; push rtmp://h/app/s3cret; }";

test("headgate config import prints a configuration without mistakes", () => {
  write("nginx.conf", `rtmp { server { listen 1936; ${APPLICATION} } }`);
  const { code, stdout, stderr } = headgate("config", "import", "nginx-rtmp", "nginx.conf");
  expect(code).toBe(0);
  expect(
    stdout,
  ).toBe(`# Made by \`headgate config import nginx-rtmp\` from nginx.conf: 3 taken over, 1 not needed, 0 not taken over.
applications:
  live:
    push:
      - rtmp://h/app/s3cret
    publish:
      allow:
        - all
listeners:
  - host: 0.0.0.0
    port: 1936
    protocols:
      - rtmp
`);
  expect(stderr).toContain("nginx.conf:1:58: push: taken over: is /applications/live/push/0\n");
  expect(stderr).not.toContain("s3cret");
  expect(configMistakes(stdout)).toEqual([]);
});

test("the exit code tells that something is lost", () => {
  write("partly.conf", `rtmp { server { exec_static x; ${APPLICATION} } }`);
  const partly = headgate("config", "import", "nginx-rtmp", "partly.conf");
  expect(partly.code).toBe(2);
  expect(partly.stderr).toContain("headgate: 2 taken over, 1 not needed, 1 not taken over.\n");
});

test("a file that cannot be imported is told in one line, without what is in it", () => {
  write("bad.conf", 'rtmp {\n  server { \u001b "s3cret');
  const bad = headgate("config", "import", "nginx-rtmp", "bad.conf");
  expect(bad).toEqual({
    code: 1,
    stdout: "",
    stderr: "bad.conf:2:14: the quotation that begins here has no end\nheadgate: nothing can be imported.\n",
  });
});
