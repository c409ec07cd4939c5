// Makes a fresh clone ready with nothing but Node and npm, and costs next to nothing when it is ready already.
//
//   node .dev/setup.mjs                  for tests and checks: everything
//   node .dev/setup.mjs server           what running needs, and does not run it: for an image
//   node .dev/setup.mjs start [--demo]   for running, and then runs it: does without the test workspace, whose FFmpeg is
//                                        the largest download
//
// Uses only what old versions of Node understand, so that they get as far as the message about their version.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const STAMP = `${ROOT}node_modules/.headgate-setup`;
const GATEWAY = new URL("../apps/headgate/dist/main.js", import.meta.url).href;
const TSC = `${ROOT}node_modules/typescript/bin/tsc`;
const VITE = `${ROOT}node_modules/vite/bin/vite.js`;

main().catch((error) => {
  process.stderr.write(`\nheadgate: ${error.message}\n`);
  process.exitCode = 1;
});

async function main() {
  const [purpose, ...args] = process.argv.slice(2);
  const isForRunning = purpose === "start" || purpose === "server";
  checkNode();
  await install(isForRunning ? "start" : "everything");
  // For running only what was installed for it: other apps need packages that are not there.
  const projects = isForRunning ? [`${ROOT}apps/headgate`] : [];
  await run(
    "building",
    1000,
    process.execPath,
    [TSC, "-b", ...projects],
    "The sources do not compile: see above.",
  );
  buildAddon();
  await buildConsole();
  if (purpose === "start") await start(args);
}

/** The server does without it where there is no C compiler, or no headers beside this Node. */
function buildAddon() {
  const addon = `${ROOT}packages/transports/direct-io`;
  const [source, built] = [`${addon}/src/direct-io.c`, `${addon}/dist/direct-io.node`];
  const headers = `${dirname(dirname(process.execPath))}/include/node`;
  if (process.platform !== "linux" || !existsSync(`${headers}/node_api.h`)) return;
  if (existsSync(built) && statSync(built).mtimeMs >= statSync(source).mtimeMs) return;
  spawnSync("cc", ["-O2", "-shared", "-fPIC", `-I${headers}`, "-o", built, source]);
}

/** Into the server's `dist`. It takes a second or two, and only where its sources are newer than what was built. */
async function buildConsole() {
  const folder = `${ROOT}apps/console`;
  const page = `${ROOT}apps/headgate/dist/console/index.html`;
  const sources = ["src", "index.html", "package.json", "vite.config.ts"].map((name) => join(folder, name));
  if (existsSync(page) && statSync(page).mtimeMs >= Math.max(...sources.map(newestIn))) return;
  const [command, advice] = [[VITE, "build", folder], "The console cannot be built: see above."];
  await run("building the console", 3000, process.execPath, command, advice);
}

/** When the newest file in it was written. */
function newestIn(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

/** In this process, so that Ctrl-C finds it, and a gateway that is up costs one process. */
async function start(args) {
  // biome-ignore lint/suspicious/noUndeclaredEnvVars: npm sets it; no task of turbo depends on it.
  if (process.env.npm_lifecycle_event === "start") endWithParent();
  process.argv = [process.execPath, fileURLToPath(GATEWAY), "serve", ...args];
  await import(GATEWAY);
}

/** A signal to npm ends the shell that npm runs this in, which does not pass it on: without this the gateway would stay. */
function endWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 100);
  watch.unref();
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  const [major, minor] = engines.node.match(/\d+/g).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split(".").map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(
    `needs Node ${major}.${minor} or later, and this is ${process.version}. Get Node 24 from https://nodejs.org`,
  );
}

/** The stamp says for which lock file node_modules was filled, and whether with everything. */
async function install(scope) {
  const lock = createHash("sha256")
    .update(readFileSync(`${ROOT}package-lock.json`))
    .digest("hex");
  const stamp = readStamp();
  if (stamp === `everything ${lock}` || stamp === `${scope} ${lock}`) return;
  // Not to be believed if the installation is broken off half-way.
  rmSync(STAMP, { force: true });
  // --include=dev: NODE_ENV=production must not leave out the compiler.
  const part =
    scope === "start"
      ? ["--workspace=headgate", "--workspace=@headgate/console", "--include-workspace-root"]
      : [];
  await run(
    "installing dependencies",
    0,
    process.platform === "win32" ? "npm.cmd" : "npm",
    ["ci", "--ignore-scripts", "--include=dev", ...part],
    "npm could not install the dependencies: see above. It needs access to its registry (npm config get registry).",
  );
  writeFileSync(STAMP, `${scope} ${lock}`);
}

function readStamp() {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return "";
  }
}

/** Runs a command in silence, but for a line once it takes longer than `patienceMs`, and its output if it fails. */
function run(what, patienceMs, command, args, advice) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => process.stderr.write(`${what} ...\n`), patienceMs);
    const output = [];
    const child = spawn(command, args, { cwd: ROOT, shell: command.endsWith(".cmd") });
    child.stdout.on("data", (bytes) => output.push(bytes));
    child.stderr.on("data", (bytes) => output.push(bytes));
    child.on("error", (error) => reject(new Error(`${command} cannot be run: ${error.message}`)));
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new Error(advice));
    });
  });
}
