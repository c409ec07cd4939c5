// Checks package-lock.json in the folder named on the command line, or in that of this repository:
//
//   - every package has a checksum and comes from the npm registry;
//   - every dependency is there, also those of other platforms (npm ci does not notice all that are missing);
//   - what runs in production has a licence that LICENCES allows, and runs on the oldest Node.js of `engines`.
//
// An entry that lacks something: take it out, then `npm install --package-lock-only --ignore-scripts` fills it in.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import semver from "semver";

/** Licences that ask for no more than to be named. */
const LICENCES = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
]);

main(resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url))));

function main(folder) {
  const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8"));
  const installed = Object.entries(packages).filter(
    ([path, { link }]) => path.includes("node_modules/") && !link,
  );
  const production = installed.filter(([, { dev }]) => !dev);
  const oldestNode = semver.minVersion(packages[""].engines.node).version;
  const refuse = (entries, check) =>
    entries.flatMap(([path, entry]) =>
      [check(path, entry)]
        .flat()
        .filter(Boolean)
        .map((text) => `${path}: ${text}`),
    );

  const problems = [
    ...refuse(installed, originProblem),
    ...refuse(Object.entries(packages), (path, entry) => missingDependencies(packages, path, entry)),
    ...refuse(production, licenceProblem),
    ...refuse(production, (_, entry) => engineProblem(entry, oldestNode)),
  ];
  const development = installed.filter(([, { dev }]) => dev);
  for (const line of refuse(development, (_, entry) => engineProblem(entry, oldestNode))) {
    console.log(`for development only: ${line}`);
  }
  for (const line of problems) console.error(line);
  console.log(
    `package-lock.json: ${installed.length} packages, ${production.length} in production (${licenceCounts(production)}), ` +
      `Node.js from ${oldestNode} on: ${problems.length} problems`,
  );
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Without `resolved` npm takes the package from the registry that it is set up for. */
function originProblem(path, { version, resolved, integrity }) {
  const name = nameOf(path);
  const official = `https://registry.npmjs.org/${name}/-/${name.replace(/^@[^/]+\//, "")}-${version}.tgz`;
  return [
    !/^sha512-[\w+/]{86}==$/.test(integrity ?? "") && "has no sha512 checksum",
    resolved !== undefined && resolved !== official && `comes from ${resolved}`,
  ];
}

function missingDependencies(packages, path, entry) {
  const { dependencies, optionalDependencies, devDependencies } = entry;
  // npm lists those of workspaces and of the root alone.
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
  return names
    .filter((name) => !isFound(packages, path, name))
    .map((name) => `needs ${name}, which is missing`);
}

/** Looks for a package as Node.js does, from the folder upward. */
function isFound(packages, path, name) {
  for (let from = path; ; from = from.slice(0, Math.max(from.lastIndexOf("/"), 0))) {
    if (packages[from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`]) return true;
    if (from === "") return false;
  }
}

function licenceProblem(_, { license = "none" }) {
  return !isAllowed(license) && `licence ${license} is not allowed`;
}

/** Of `(A OR B)` one is enough. */
function isAllowed(license) {
  return license
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((either) => either.split(" AND ").every((each) => LICENCES.has(each)));
}

function engineProblem({ engines }, oldestNode) {
  const range = engines?.node ?? "*";
  return !semver.satisfies(oldestNode, range) && `needs Node.js ${range}, and ${oldestNode} is promised`;
}

function licenceCounts(entries) {
  const counts = {};
  for (const [, { license }] of entries) counts[license] = (counts[license] ?? 0) + 1;
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([license, count]) => `${license} ${count}`)
    .join(", ");
}

function nameOf(path) {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}
