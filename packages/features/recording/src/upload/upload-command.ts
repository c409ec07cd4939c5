import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Guard } from "@headgate/transport";
import type { UploadedFile } from "./http-upload.ts";
import { UploadFailure } from "./upload-failure.ts";

/** Stand for the file of a recording: where it is, and its path below the root. */
const PATH = "{path}";
const FILE = "{file}";

/** What a command has of this program's environment, in which there may be secrets. */
const ENVIRONMENT = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/** What is kept of what a command says: the last words are its reason. Characters. */
const MAX_SAID_LENGTH = 256;

/** How long a command that is told to end may take to do so. Milliseconds. */
const END_MS = 2_000;

/** A program and its arguments, or undefined if it cannot be one that uploads a recording. */
export function parseCommand(written: unknown): readonly string[] | undefined {
  if (!Array.isArray(written)) return undefined;
  const words = written.filter((word): word is string => typeof word === "string" && !word.includes("\0"));
  const [program = "", ...values] = words;
  if (words.length !== written.length || program === "") return undefined;
  // A recording may be called so that its path would be taken for an option.
  if (values.some((word) => word.startsWith(FILE))) return undefined;
  return values.some((word) => word.includes(PATH) || word.includes(FILE)) ? words : undefined;
}

/** Runs a command for a recording, without a shell. Rejects unless it ends with 0. */
export async function runCommand(
  [program = "", ...values]: readonly string[],
  { file, path }: UploadedFile,
  root: string,
  guard: Guard,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const args = values.map((word) => word.replaceAll(PATH, () => path).replaceAll(FILE, () => file));
  const names = ENVIRONMENT.filter((name) => process.env[name] !== undefined);
  const env = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  // In a group of its own, so that what it has started ends with it.
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on(
    "data",
    guard.entry((text: string) => {
      said = (said + text).slice(-MAX_SAID_LENGTH);
    }),
  );
  const end = guard.entry(() => endGroup(child, guard));
  signal.addEventListener("abort", end, { once: true });
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
    signal.throwIfAborted();
    if (code !== 0)
      throw new UploadFailure(code === null ? `ended by ${killedBy}` : `exit code ${code}`, printable(said));
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function endGroup(child: ChildProcess, guard: Guard): void {
  kill(child, "SIGTERM");
  const timer = setTimeout(
    guard.entry(() => kill(child, "SIGKILL")),
    END_MS,
  );
  child.once(
    "close",
    guard.entry(() => clearTimeout(timer)),
  );
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function printable(said: string): string {
  return said.trim().replace(/\p{C}+/gu, " ");
}
