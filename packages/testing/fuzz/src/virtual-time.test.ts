import { expect, it } from "vitest";
import { VirtualTime } from "./virtual-time.ts";

it("timers run in the order in which they are due, and only when time passes", () => {
  const time = new VirtualTime();
  const ran: string[] = [];
  time.run(() => {
    setTimeout(() => ran.push("second"), 20);
    setTimeout(() => ran.push("first"), 10);
    const interval = setInterval(() => ran.push(`at ${performance.now() - time.nowMs}`), 15);
    setImmediate(() => ran.push("immediate"));
    expect(ran).toEqual([]);
    time.pass(25);
    expect(ran).toEqual(["first", "at 0", "second"]);
    expect(time.turn()).toBe(true);
    expect(ran.at(-1)).toBe("immediate");
    expect(time.pending).toBe(1);
    clearInterval(interval);
    expect(time.pending).toBe(0);
  });
});

it("the process has its own time back, even after an error", () => {
  const { setTimeout: real } = globalThis;
  expect(() =>
    new VirtualTime().run(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(globalThis.setTimeout).toBe(real);
  expect(Object.hasOwn(performance, "now")).toBe(false);
});
