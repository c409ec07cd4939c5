// Asks the registry for known vulnerabilities of everything in package-lock.json. One in production code is a failure, one in a
// development tool is reported. A registry that does not answer is not a failure, but is reported in capitals.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8"));
const { vulnerabilities, message = "no answer" } = audit();
if (vulnerabilities) tell(Object.values(vulnerabilities));
else
  console.error(
    `npm audit: KNOWN VULNERABILITIES WERE NOT CHECKED. The registry does not tell them: ${message}`,
  );

function tell(found) {
  for (const vulnerability of found) {
    const { name, severity, range } = vulnerability;
    const use = isInProduction(vulnerability) ? "in production" : "for development only";
    console.error(`${name} ${range}: known vulnerability, ${severity}, ${use}. See npm audit.`);
  }
  console.log(`npm audit: ${found.length} packages with known vulnerabilities`);
  process.exitCode = found.some(isInProduction) ? 1 : 0;
}

function isInProduction({ nodes }) {
  return nodes.some((path) => !packages[path]?.dev);
}

function audit() {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["audit", "--json", "--package-lock-only", "--fetch-retries=0", "--fetch-timeout=20000"];
  const { stdout } = spawnSync(npm, args, { cwd: folder, encoding: "utf8", shell: npm.endsWith(".cmd") });
  try {
    return JSON.parse(stdout);
  } catch {
    return {};
  }
}
