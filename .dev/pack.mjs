// Makes headgate-VERSION.tgz in this folder, or in the one named on the command line. It installs with `npm install FILE` in any
// folder: the packages of this repository are inside, and npm fetches those of others.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const APP = join(ROOT, "apps/headgate");

const target = resolve(process.argv[2] ?? ".");
const stage = mkdtempSync(join(tmpdir(), "headgate-pack-"));
try {
  const own = ownPackages();
  const app = manifestIn(APP);
  const inside = closure(app, own);
  const published = publishedFiles([app.name, ...inside]);
  copy(APP, published.get(app.name), stage);
  for (const name of inside) copy(own.get(name), published.get(name), join(stage, "node_modules", name));
  cpSync(join(ROOT, "LICENSE"), join(stage, "LICENSE"));
  const { devDependencies: _, scripts: __, ...manifest } = app;
  const manifests = inside.map((name) => manifestIn(own.get(name)));
  const versions = Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
  // What this repository overrides is named, because overrides hold in it alone.
  const { overrides } = manifestIn(ROOT);
  const dependencies = { ...externalOf([app, ...manifests]), ...overrides, ...versions };
  writeFileSync(
    join(stage, "package.json"),
    `${JSON.stringify({ ...manifest, dependencies, bundledDependencies: inside }, undefined, 2)}\n`,
  );
  const [{ filename }] = npm(["pack", stage, "--pack-destination", target]);
  console.log(join(target, filename));
} finally {
  rmSync(stage, { recursive: true });
}

/** The folders of this repository's packages by name. */
function ownPackages() {
  const folders = readdirSync(`${ROOT}packages`).flatMap((wing) =>
    readdirSync(`${ROOT}packages/${wing}`).map((name) => `${ROOT}packages/${wing}/${name}`),
  );
  return new Map(folders.map((folder) => [manifestIn(folder).name, folder]));
}

function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** The names of this repository's packages that one needs, directly and through others. */
function closure(manifest, own) {
  const found = new Set(Object.keys(manifest.dependencies).filter((name) => own.has(name)));
  for (const name of found)
    for (const other of Object.keys(manifestIn(own.get(name)).dependencies ?? {}))
      if (own.has(other)) found.add(other);
  return [...found].sort();
}

/** What the packages need of others. All of them name one version. */
function externalOf(manifests) {
  const versions = {};
  for (const { name: from, dependencies = {} } of manifests) {
    for (const [name, version] of Object.entries(dependencies)) {
      if (name.startsWith("@headgate/")) continue;
      if (versions[name] !== undefined && versions[name] !== version)
        throw new Error(`${from} needs ${name} ${version}, and others need ${versions[name]}`);
      versions[name] = version;
    }
  }
  return versions;
}

/** The files that npm would publish, by package. */
function publishedFiles(names) {
  const workspaces = names.flatMap((name) => ["--workspace", name]);
  return new Map(npm(["pack", "--dry-run", ...workspaces]).map(({ name, files }) => [name, files]));
}

function copy(folder, files, to) {
  for (const { path } of files) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    cpSync(join(folder, path), join(to, path));
  }
}

function npm(args) {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
  // npm 10 prints a list, npm 11 an object by name.
  return Object.values(
    JSON.parse(execFileSync(command, [...args, "--json", "--ignore-scripts", "--silent"], options)),
  );
}
