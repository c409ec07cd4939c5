import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const AUDIT = fileURLToPath(new URL("../../.dev/audit.mjs", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "headgate-audit-"));

beforeAll(() => {
  const root = { name: "audited", dependencies: { left: "1.0.0" }, devDependencies: { right: "1.0.0" } };
  const packages = {
    "": root,
    "node_modules/left": { version: "1.0.0" },
    "node_modules/right": { version: "1.0.0", dev: true },
  };
  writeFileSync(join(FOLDER, "package.json"), JSON.stringify(root));
  writeFileSync(join(FOLDER, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** The check, with a registry that answers so. */
async function audit(registry: RequestListener): Promise<{ readonly code: number; readonly output: string }> {
  const server = createServer(registry).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_cache: join(FOLDER, "cache"),
  };
  const child = execFile(process.execPath, [AUDIT, FOLDER], { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  server.close();
  return { code, output };
}

/** Answers that version 1 of this package is vulnerable, and nothing else is known. */
function vulnerable(name: string): RequestListener {
  const advisory = { id: 1, url: "", title: "", severity: "high", vulnerable_versions: "<2.0.0" };
  return (request, response) => {
    if (request.url?.endsWith("/advisories/bulk")) response.end(JSON.stringify({ [name]: [advisory] }));
    else response.end(JSON.stringify({ name, versions: { "1.0.0": { name, version: "1.0.0" } } }));
  };
}

test("a known vulnerability of what runs in production fails", async () => {
  const { code, output } = await audit(vulnerable("left"));
  expect(output).toMatch(/^left .*: known vulnerability, high, in production/);
  expect(code).toBe(1);
});

test("a known vulnerability of a tool for development is told", async () => {
  const { code, output } = await audit(vulnerable("right"));
  expect(output).toMatch(/^right .*: known vulnerability, high, for development only/);
  expect(code).toBe(0);
});

test("a registry that does not tell vulnerabilities fails nothing, and is told", async () => {
  const { code, output } = await audit((_, response) => response.writeHead(405).end());
  expect(output).toContain("KNOWN VULNERABILITIES WERE NOT CHECKED");
  expect(output).toContain("405");
  expect(code).toBe(0);
});

test("nothing known is nothing found", async () => {
  const { code, output } = await audit((_, response) => response.end("{}"));
  expect(output).toContain("npm audit: 0 packages with known vulnerabilities");
  expect(code).toBe(0);
});
