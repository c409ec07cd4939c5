import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_FAULTS } from "@headgate/testkit";
import { Guard } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseCommand, runCommand } from "./upload-command.ts";

let root: string;
const guard = new Guard(NO_FAULTS, "task", () => {});

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "headgate-command-")));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Runs a program in JavaScript for a recording with a name that a shell would misunderstand. */
function run(program: string, signal = new AbortController().signal): Promise<void> {
  const file = "live/$(touch pwned) ; 'cam'.mp4";
  const uploaded = { file, path: join(root, file), stream: "live/cam" };
  return runCommand([process.execPath, "-e", program, "{path}", "./{file}"], uploaded, root, guard, signal);
}

test.each([
  [["cp", "{path}", "/mnt/"], true],
  [["rclone", "copyto", "{path}", "s3:bucket/{file}"], true],
  [["upload", "--file={file}"], true],
  [["upload", "./{file}"], true],
  [["upload", "{file}"], false],
  [["upload"], false],
  [["{path}"], false],
  [["", "{path}"], false],
  [["upload", "{path}", 1], false],
  [["upload", "{path}\0"], false],
  ["cp {path} /mnt", false],
  [[], false],
])("%j is a command for recordings: %s", (written, isOne) => {
  expect(parseCommand(written)).toEqual(isOne ? written : undefined);
});

describe("a command", () => {
  test("gets the file's names as they are, runs in the root, and knows nothing of the server's secrets", async () => {
    vi.stubEnv("HEADGATE_ACCESS_KEY", "s3cret");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s3cret");
    const program = `require("node:fs").writeFileSync("said.json",
      JSON.stringify({ args: process.argv.slice(1), folder: process.cwd(), env: process.env }))`;
    await run(program);
    const { args, folder, env } = JSON.parse(readFileSync(join(root, "said.json"), "utf8"));
    expect(args).toEqual([
      join(root, "live/$(touch pwned) ; 'cam'.mp4"),
      "./live/$(touch pwned) ; 'cam'.mp4",
    ]);
    expect(folder).toBe(root);
    expect(JSON.stringify(env)).not.toContain("s3cret");
    expect(env.PATH).toBe(process.env.PATH);
    expect(existsSync(join(root, "pwned"))).toBe(false);
  });

  test("that fails says why with its last words, of which few are kept", async () => {
    const program = `process.stdout.write("x".repeat(1e6)); process.stderr.write("y".repeat(1e6) + "\\n\\u001b[0mno such bucket\\n"); process.exitCode = 3`;
    const failure = await run(program).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: "exit code 3",
      said: expect.stringMatching(/^y+ \[0mno such bucket$/),
    });
    expect((failure as { said: string }).said.length).toBeLessThanOrEqual(256);
  });

  test("that does not exist fails", async () => {
    const uploaded = { file: "a", path: "/a", stream: "a" };
    const running = runCommand(
      ["./no-such-program", "{path}"],
      uploaded,
      root,
      guard,
      new AbortController().signal,
    );
    await expect(running).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("that is told to end is ended with all that it has started, also if it does not listen", async () => {
    const closing = new AbortController();
    const child = `process.on("SIGTERM", () => {}); require("node:fs").writeFileSync("pids", process.ppid + " " + process.pid); setInterval(() => {}, 1e6)`;
    writeFileSync(join(root, "child.cjs"), child);
    const parent = `process.on("SIGTERM", () => {}); require("node:child_process").spawn(process.execPath, ["child.cjs"], { stdio: "inherit" }); setInterval(() => {}, 1e6)`;
    const ended = run(parent, closing.signal).catch((error: unknown) => error);
    await vi.waitFor(() => expect(existsSync(join(root, "pids"))).toBe(true), 15_000);
    closing.abort(new DOMException("enough", "TimeoutError"));
    expect(await ended).toMatchObject({ name: "TimeoutError" });
    const pids = readFileSync(join(root, "pids"), "utf8").split(" ").map(Number);
    await vi.waitFor(() => {
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    }, 15_000);
  }, 40_000);
});
