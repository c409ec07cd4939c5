import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { ffmpegPlayer } from "../support/players.ts";
import { ffmpegH264 } from "../support/publishers.ts";
import { describePublishing, type Way } from "./publishing.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "headgate-production-"));

/** npm has waited for ever for a registry that does not answer, and a test that waits for npm so cannot be ended. Milliseconds. */
const INSTALL_MS = 100_000;

/** Of the image. */
const USER_ID = 1000;
const isRoot = process.getuid?.() === 0;

let server: HeadgateServer;

/** Installs the server alone, as the image for containers does, and runs it as its user, for whom the folder is not to be written. */
beforeAll(async () => {
  execFileSync("sh", [join(ROOT, "deploy/assemble.sh"), FOLDER], {
    stdio: "pipe",
    timeout: INSTALL_MS,
    killSignal: "SIGKILL",
    env: { ...process.env, NODE_ENV: "" },
  });
  // A temporary folder is for its owner alone.
  chmodSync(FOLDER, 0o755);
  server = await startHeadgate(
    { applications: { "*": {} } },
    {},
    { main: join(FOLDER, "apps/headgate/bin/headgate.js"), ...(isRoot && { userId: USER_ID }) },
  );
}, 120_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(FOLDER, { recursive: true });
});

interface LockedPackage {
  readonly link?: true;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Locked = Readonly<Record<string, LockedPackage>>;

function lockedIn(file: string): Locked {
  return JSON.parse(readFileSync(join(FOLDER, file), "utf8")).packages;
}

/** The folders of others' packages that the package in `start` needs, directly and through others. */
function neededBy(start: string, locked: Locked): Set<string> {
  const found = new Set<string>([start]);
  for (const path of found) {
    const { dependencies, optionalDependencies } = locked[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      found.add(resolveFrom(path, name, locked));
    }
  }
  return new Set([...found].filter((path) => path.includes("node_modules/")));
}

/** Looks for a package as Node.js does, from the folder upward, and follows links to packages of this repository. */
function resolveFrom(path: string, name: string, locked: Locked): string {
  const parents = path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
  const places = ["", ...parents].map((parent) => join(parent, "node_modules", name)).reverse();
  const place = places.find((candidate) => candidate in locked);
  if (place === undefined) throw new Error(`${path} needs ${name}, which is not in the lock file`);
  return locked[place]?.link ? (locked[place].resolved as string) : place;
}

test("what is installed is what the server needs to run, and nothing else", () => {
  const installed = Object.entries(lockedIn("node_modules/.package-lock.json"))
    .filter(([path, { link }]) => path.includes("node_modules/") && !link)
    .map(([path]) => path);
  expect(new Set(installed)).toEqual(neededBy("apps/headgate", lockedIn("package-lock.json")));
  const tools = /vitest|typescript|biome|turbo|knip|fast-check|node-av|node-media-server|@types/;
  expect(installed.filter((path) => tools.test(path))).toEqual([]);
  expect(installed.length).toBeGreaterThan(10);
});

const way: Way = { scheme: "rtmp", port: () => server.port(0) };
const seats = [{ player: ffmpegPlayer, ...way }];
describePublishing({ publisher: ffmpegH264, seats, ...way, server: () => server });
