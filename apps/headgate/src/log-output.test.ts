import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { LogOutput, MAX_PENDING_BYTES } from "./log-output.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-log-"));
const descriptors: number[] = [];

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  execFileSync("mkdir", ["-p", folder]);
});

function open(name: string, flags: number | string): number {
  const fd = openSync(name, flags);
  descriptors.push(fd);
  return fd;
}

// Not before: some write on, and the next file would have the same number.
afterAll(() => {
  for (const fd of descriptors) closeSync(fd);
  rmSync(folder, { recursive: true, force: true });
});

/** Both ends of a pipe, neither of which blocks. */
function pipe(): { reader: number; writer: number } {
  const name = join(folder, "pipe");
  execFileSync("mkfifo", [name]);
  const reader = open(name, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: open(name, constants.O_WRONLY | constants.O_NONBLOCK) };
}

/** Everything that is in a pipe now. */
function drain(reader: number): string {
  const buffer = Buffer.alloc(1024 * 1024);
  let text = "";
  for (;;) {
    try {
      const length = readSync(reader, buffer);
      if (length === 0) return text;
      text += buffer.toString("utf8", 0, length);
    } catch {
      return text;
    }
  }
}

test("lines are written in order", async () => {
  const { reader, writer } = pipe();
  const output = new LogOutput(writer);
  const lines = Array.from({ length: 200 }, (_, index) => `${index} ${"ö".repeat(index)}\n`);
  for (const line of lines) output.write(line);
  await output.flush(10_000);
  expect(drain(reader)).toBe(lines.join(""));
});

test("a line longer than one piece is written as well", async () => {
  const { reader, writer } = pipe();
  const output = new LogOutput(writer);
  const long = `${"x".repeat(10_000)}\n`;
  output.write(long);
  output.write("next\n");
  await output.flush(10_000);
  expect(drain(reader)).toBe(`${long}next\n`);
});

test("a pipe that nobody reads keeps nobody waiting; lost lines are counted and told when it is read again", async () => {
  const { reader, writer } = pipe();
  const output = new LogOutput(writer);
  output.onRecovered = (dropped) => output.write(`lost ${dropped}\n`);
  const line = `${"x".repeat(999)}\n`;
  const count = 3_000;
  for (let i = 0; i < count; i += 1) output.write(line);
  const { droppedLines } = output;
  expect(droppedLines).toBe(count - Math.floor(MAX_PENDING_BYTES / line.length));
  await output.flush(100);

  let text = "";
  await expect
    .poll(
      () => {
        text += drain(reader);
        return text.endsWith(`lost ${droppedLines}\n`);
      },
      { timeout: 15_000 },
    )
    .toBe(true);
  expect(text.replace(/lost \d+\n/, "")).toBe(line.repeat(count - droppedLines));
  expect(output.droppedLines).toBe(droppedLines);
});

test("a full device fails nobody, and what waits for it is bounded", async () => {
  const output = new LogOutput(open("/dev/full", "w"));
  for (let i = 0; i < 3_000; i += 1) output.write(`${"x".repeat(999)}\n`);
  await output.flush(100);
  expect(output.droppedLines).toBeGreaterThan(1_900);
});

test("a reader that is gone fails nobody, and one that comes later gets what has waited", async () => {
  const { reader, writer } = pipe();
  const output = new LogOutput(writer);
  closeSync(reader);
  descriptors.splice(descriptors.indexOf(reader), 1);
  output.write("early\n");
  await output.flush(100);
  const next = open(join(folder, "pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
  await output.flush(10_000);
  expect(drain(next)).toBe("early\n");
});

/** Runs a program that has a LogOutput `output` for its standard output. */
function run(program: string, stdout: "pipe" | number) {
  const file = new URL("../dist/log-output.js", import.meta.url).href;
  const source = `import { LogOutput } from "${file}"; const output = new LogOutput(1); ${program}`;
  return spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", stdout, "inherit"],
  });
}

test("the lines of the last turn are not lost when the process exits", async () => {
  const name = join(folder, "log");
  const child = run(`output.write("last\\n"); process.exit(1);`, open(name, "w"));
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(readFileSync(name, "utf8")).toBe("last\n");
});

test.each([
  ["does not block", "process.stdout;", [3, null]],
  // Exiting would wait for the write.
  ["blocks", "", [null, "SIGTERM"]],
])("a process exits while nobody reads its log from a descriptor that %s", async (_, prepare, exit) => {
  const name = join(folder, "pipe");
  execFileSync("mkfifo", [name]);
  // Blocking, and with a reader that does not read.
  const child = run(
    `${prepare} for (let i = 0; i < 1_000; i += 1) output.write("x".repeat(999) + "\\n");
     await output.flush(500); process.exit(3);`,
    open(name, "r+"),
  );
  expect(await once(child, "exit")).toEqual(exit);
});
