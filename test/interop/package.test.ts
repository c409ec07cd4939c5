import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";

/** npm writes thousands of files, which takes seconds, and minutes on a busy disk. */
const PATIENCE_MS = 300_000;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
/** A quiet npm that runs these tests, as `npm test --silent`, tells its own children to be quiet by these variables. */
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

const FOLDER = mkdtempSync(join(tmpdir(), "headgate-package-"));
afterAll(() => rmSync(FOLDER, { recursive: true }), PATIENCE_MS);

/** What `command` writes to its standard output. An error names all that a failed command wrote. */
function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: ENVIRONMENT,
    encoding: "utf8",
    // npm has waited for ever for a registry that does not answer.
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${status} and wrote:\n${stdout}${stderr}`);
  return stdout;
}

const folder = join(FOLDER, "empty");

test(
  "the package installs in an empty folder, with a command that works and no warning",
  () => {
    const tarball = run(process.execPath, [join(ROOT, ".dev/pack.mjs"), FOLDER], ROOT).trim();
    mkdirSync(folder);
    const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--engine-strict", tarball];
    expect(run("npm", install, folder)).toMatch(/^\nadded \d+ packages in .*\n$/);
    expect(run("npx", ["headgate", "check"], folder)).toContain("defaults: OK\n");
    const files = run("tar", ["--list", "--file", tarball], FOLDER).split("\n");
    for (const name of ["LICENSE", "README.md", "headgate.example.yaml"])
      expect(files).toContain(`package/${name}`);
    expect(files).toContain("package/dist/console/index.html");
    expect(files.filter((file) => /\.test\.|\/src\//.test(file))).toEqual([]);
  },
  PATIENCE_MS,
);

describe("a program that has installed the package", () => {
  test("gets what is public, and nothing else", () => {
    expect(runProgram("console.log(Object.keys(await import('headgate')).join())")).toBe(
      "GatewayError,createGateway\n",
    );
    for (const inner of ["headgate/dist/server.js", "headgate/package.json", "@headgate/gateway"])
      expect(runProgram(`await import('${inner}').catch(({ code }) => console.log(code))`)).toMatch(
        /^ERR_(PACKAGE_PATH_NOT_EXPORTED|MODULE_NOT_FOUND)\n$/,
      );
  });

  test("runs a gateway, and is told all that is wrong with its configuration", async () => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const config = `{ listeners: [{ port: ${port} }], admin: { port: ${adminPort} } }`;
    const program = (written: string) => `
      import { createGateway } from 'headgate';
      try {
        const gateway = await createGateway(${written}, { log: () => {} });
        await gateway.start();
        console.log(gateway.listeners.map(({ port }) => port).join(), gateway.stats().sessions.length);
        await gateway.close();
      } catch ({ name, problems }) { console.log(name, problems.join('; ')); }`;
    expect(runProgram(program(config))).toBe(`${port} 0\n`);
    expect(runProgram(program("{ limits: { maxStreams: 'many' }, workers: 2, nothing: 1 }"))).toMatch(
      /^GatewayError .*unknown key "nothing".*\/limits\/maxStreams: must be a whole number/,
    );
    expect(runProgram(program("{ workers: 2 }"))).toMatch(/^GatewayError \/workers: must be 1/);
    expect(runProgram(program(config.replace(`${port}`, `${adminPort}`)))).toMatch(/^GatewayError /);
  });

  test("type-checks: the examples, the whole example file, and not what the file would not take", () => {
    const types = (folderName: string) => join(ROOT, "node_modules", folderName);
    mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
    for (const name of ["@types/node", "undici-types"])
      if (!existsSync(join(folder, "node_modules", name)))
        symlinkSync(types(name), join(folder, "node_modules", name));
    for (const name of readdirSync(join(ROOT, "examples")))
      cpSync(join(ROOT, "examples", name), join(folder, name));
    const example = parse(readFileSync(join(ROOT, "apps/headgate/headgate.example.yaml"), "utf8"));
    const whole = `import { createGateway } from "headgate";\nawait createGateway(${JSON.stringify(example)});\n`;
    writeFileSync(join(folder, "whole.mts"), whole);
    const wrong = ["{ limits: { maxStreams: 'many' } }", "{ nothing: 1 }", "{ log: { level: 'loud' } }"].map(
      (config) => `// @ts-expect-error\nawait createGateway(${config});\n`,
    );
    writeFileSync(join(folder, "wrong.mts"), `import { createGateway } from "headgate";\n${wrong.join("")}`);
    const files = readdirSync(folder).filter((name) => /\.(mjs|mts)$/.test(name));
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--noEmit", "--allowJs", "--checkJs"];
    const modern = ["--module", "nodenext", "--target", "es2023", "--types", "node"];
    expect(run(process.execPath, [TSC, ...strict, ...modern, ...files], folder)).toBe("");
  });

  function runProgram(code: string): string {
    return run(process.execPath, ["--input-type=module", "--eval", code], folder);
  }
});
