import { LogTail } from "@headgate/api";
import { expect, test, vi } from "vitest";
import { createLog } from "./log.ts";

const tail = new LogTail();

function logged(
  format: "auto" | "pretty" | "json",
  isTerminal: boolean,
  write: (log: ReturnType<typeof createLog>) => void,
): string {
  const lines: string[] = [];
  write(
    createLog(
      { level: "info", format },
      { isTerminal, hasColours: false },
      { write: (line) => lines.push(line) },
      tail,
    ),
  );
  return lines.join("");
}

test.each([
  ["auto", true, false],
  ["auto", false, true],
  ["pretty", false, false],
  ["json", true, true],
] as const)("format %s with terminal %s is JSON: %s", (format, isTerminal, isJson) => {
  const text = logged(format, isTerminal, (log) => log.info({ port: 1935 }, "listening"));
  if (isJson) expect(JSON.parse(text)).toMatchObject({ level: "info", port: 1935, msg: "listening" });
  else expect(text).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: listening {"port":1935}\n$/);
});

test("operators see the same lines, whatever the format, and no secret either", () => {
  logged("pretty", true, (log) => log.warn({ port: 1935, token: "s3cret" }, "for operators"));
  const { lines } = tail.read("", 1);
  expect(lines).toMatchObject([{ level: "warn", message: "for operators", fields: { port: 1935 } }]);
  expect(JSON.stringify(lines)).not.toContain("s3cret");
});

test("what is below the level is not logged", () => {
  expect(logged("json", false, (log) => log.debug("detail"))).toBe("");
});

test.each(["streamKey", "query", "tcUrl", "token", "password"])("a %s never reaches the log", (name) => {
  const text = logged("json", false, (log) => {
    log.info({ [name]: "s3cret" }, "at the top");
    log.info({ peer: { [name]: "s3cret" } }, "one level down");
    log.child({ [name]: "s3cret" }).info("bound");
  });
  expect(text).not.toContain("s3cret");
  expect(text.match(/\[Redacted\]/g)).toHaveLength(3);
});

const HOSTILE = "a\u001b[2J\u009b\u007f\u202e\u2028\u200b\ud800\nb";

test.each(["json", "pretty"] as const)("a peer's control characters are spelled out in %s", (format) => {
  const text = logged(format, false, (log) => {
    log.child({ application: HOSTILE }).info({ client: HOSTILE, [HOSTILE]: 1 }, HOSTILE);
    log.error({ err: new Error(HOSTILE) }, "internal error");
  });
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  const [first] = text.split("\n") as [string];
  if (format === "json") expect(JSON.parse(first)).toMatchObject({ application: HOSTILE, client: HOSTILE });
  else expect(first).toContain("a\\u001b[2J\\u009b\\u007f\\u202e\\u2028\\u200b\\ud800\\u000ab");
});

test("a flood of lines of one kind is bounded whatever logger writes them, and the next line says so", () => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  const lines: string[] = [];
  const log = createLog(
    { level: "info", format: "json" },
    { isTerminal: false, hasColours: false },
    { write: (line) => lines.push(line) },
    tail,
  );
  for (let i = 0; i < 1_000; i += 1) {
    log.child({ session: i }).warn({ code: "CHUNK_HEADER_MISSING" }, `chunk stream ${i} has no header`);
  }
  expect(lines).toHaveLength(20);
  log.info("session started");
  expect(lines).toHaveLength(21);
  vi.advanceTimersByTime(1_000);
  log.warn({ code: "CHUNK_HEADER_MISSING" }, "again");
  log.warn("without fields");
  expect(JSON.parse(lines[21]!)).toMatchObject({ code: "CHUNK_HEADER_MISSING", omitted: 980, msg: "again" });
  expect(JSON.parse(lines[22]!)).not.toHaveProperty("omitted");
  vi.useRealTimers();
});
