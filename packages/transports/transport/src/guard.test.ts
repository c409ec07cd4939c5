import { expect, it } from "vitest";
import { type Faults, Guard } from "./guard.ts";

function setUp(scope: "session" | "task" = "session", end: () => void = () => {}) {
  const log: string[] = [];
  const faults: Faults = {
    report: (where, error) => log.push(`${where}: ${(error as Error).message}`),
    unrecoverable: (error) => log.push(`process: ${(error as Error).message}`),
  };
  const guard = new Guard(faults, scope, () => {
    log.push("ended");
    end();
  });
  return { log, guard };
}

function fail(): never {
  throw new Error("bug");
}

it("does the work it is given, with the arguments of the event", () => {
  const { guard, log } = setUp();
  guard.run(() => log.push("run"));
  guard.entry((code: number, reason: string) => log.push(`${code} ${reason}`))(1006, "gone");
  expect(log).toEqual(["run", "1006 gone"]);
});

it.each(["run", "entry"] as const)("an exception in %s is reported and ends the guarded thing", (way) => {
  const { guard, log } = setUp();
  if (way === "run") guard.run(fail);
  else guard.entry(fail)();
  expect(log).toEqual(["session: bug", "ended"]);
});

it("an exception after a promise is settled is a fault, whichever way it settled", async () => {
  for (const promise of [Promise.resolve(1), Promise.reject(new Error("no"))]) {
    const { guard, log } = setUp();
    guard.settle(promise, fail, fail);
    await expect.poll(() => log).toEqual(["session: bug", "ended"]);
  }
});

it("an unexpected rejection is a fault", async () => {
  const { guard, log } = setUp();
  guard.settle(Promise.reject(new Error("no")), () => {});
  await expect.poll(() => log).toEqual(["session: no", "ended"]);
});

it("what has ended is neither reported nor ended again", () => {
  const { guard, log } = setUp();
  guard.run(fail);
  guard.run(fail);
  expect(log).toEqual(["session: bug", "ended"]);
});

it("a task goes on, and each of its faults is reported", () => {
  const { guard, log } = setUp("task");
  guard.run(fail);
  guard.run(fail);
  expect(log).toEqual(["task: bug", "ended", "task: bug", "ended"]);
});

it("an end that fails leaves a state that cannot be trusted", () => {
  const { guard, log } = setUp("session", fail);
  guard.run(fail);
  expect(log).toEqual(["session: bug", "ended", "process: bug"]);
});
