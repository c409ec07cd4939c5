import { pino } from "pino";
import { expect, it } from "vitest";
import { FaultLog } from "./fault-log.ts";

function setUp() {
  const lines: { readonly [field: string]: unknown }[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { lines, log, faults: new FaultLog(log) };
}

it("counts by scope, and in all", () => {
  const { faults } = setUp();
  for (const scope of ["session", "relay", "session"] as const) faults.report(scope, new Error("bug"));
  expect([faults.countOf("session"), faults.countOf("relay"), faults.countOf("task")]).toEqual([2, 1, 0]);
  expect(faults.total).toBe(3);
});

it("logs a fault with its scope, in the log of its session if there is one", () => {
  const { faults, lines, log } = setUp();
  faults.report("task", new Error("bug"));
  faults.report("session", new Error("bug"), log.child({ session: "a1" }));
  const line = { level: 50, msg: "internal error; please report it", err: { message: "bug" } };
  expect(lines).toMatchObject([
    { ...line, scope: "task" },
    { ...line, scope: "session", session: "a1" },
  ]);
});
