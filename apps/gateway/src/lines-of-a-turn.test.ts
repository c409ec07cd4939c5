import { spawnSync } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { LinesOfATurn } from "./lines-of-a-turn.ts";

function gathering(): { lines: LinesOfATurn; writes: string[] } {
  const writes: string[] = [];
  return { lines: new LinesOfATurn({ write: (text) => writes.push(text) }), writes };
}

test("the lines of a turn are one write, at its end", async () => {
  const { lines, writes } = gathering();
  lines.write("a\n");
  lines.write("b\n");
  expect(writes).toEqual([]);
  await turn();
  expect(writes).toEqual(["a\nb\n"]);
  lines.write("c\n");
  await turn();
  expect(writes).toEqual(["a\nb\n", "c\n"]);
});

test("no write is of more than a pipe takes in one piece, if no line is", async () => {
  const { lines, writes } = gathering();
  const all = Array.from({ length: 100 }, (_, index) => `${index} ${"ö".repeat(index * 3)}\n`);
  for (const line of all) lines.write(line);
  await turn();
  expect(writes.join("")).toBe(all.join(""));
  expect(writes.length).toBeGreaterThan(1);
  for (const text of writes) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(text).toMatch(/\n$/);
  }
});

test("a longer line goes out as well", async () => {
  const { lines, writes } = gathering();
  const long = `${"x".repeat(5000)}\n`;
  lines.write(long);
  lines.write("next\n");
  await turn();
  expect(writes.join("")).toBe(`${long}next\n`);
});

test("the lines of the last turn are not lost when the process ends", () => {
  const file = new URL("../dist/lines-of-a-turn.js", import.meta.url).href;
  const program = `
    import { writeSync } from "node:fs";
    import { LinesOfATurn } from "${file}";
    const lines = new LinesOfATurn({ write: (text) => writeSync(1, text) });
    lines.write("last\\n");
    process.exit(1);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(stdout).toBe("last\n");
});
