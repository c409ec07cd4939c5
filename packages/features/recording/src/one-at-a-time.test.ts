import { expect, test } from "vitest";
import { OneAtATime } from "./one-at-a-time.ts";

test("works are done one after the other, also after one that fails", async () => {
  const turns = new OneAtATime();
  const done: string[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = turns.take(async () => {
    await held;
    done.push("first");
    throw new Error("the disk is full");
  });
  const second = turns.take(async () => {
    done.push("second");
  });
  await Promise.resolve();
  expect(done).toEqual([]);
  release();
  await expect(first).rejects.toThrow("the disk is full");
  await second;
  expect(done).toEqual(["first", "second"]);
});
