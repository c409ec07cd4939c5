import { Guard } from "@headgate/transport";
import { expect, it } from "vitest";
import { Lane, MAX_BEGUN_PER_TURN } from "./lane.ts";

const guard = new Guard({ report: () => {}, unrecoverable: () => {} }, "task", () => {});
const never = new AbortController().signal;

function held(): { readonly work: () => Promise<string>; readonly end: () => void } {
  let end = (): void => {};
  const done = new Promise<string>((resolve) => {
    end = () => resolve("done");
  });
  return { work: () => done, end };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("runs so many at once, and the others in their order", async () => {
  const lane = new Lane({ maxUnderWay: 1, maxWaiting: 9 }, guard);
  const order: string[] = [];
  const first = held();
  const running = [
    lane.run("x", first.work, never),
    ...["a", "b"].map((name) => lane.run("x", async () => void order.push(name), never)),
  ];
  expect(lane.waiting).toBe(2);
  first.end();
  await Promise.all(running);
  expect(order).toEqual(["a", "b"]);
  expect(await lane.run("x", async () => "again", never)).toBe("again");
});

it("lets addresses take turns", async () => {
  const lane = new Lane({ maxUnderWay: 1, maxWaiting: 9 }, guard);
  const order: string[] = [];
  const asked = ["many", "many", "many", "other"].map((key) =>
    lane.run(key, async () => void order.push(key), never),
  );
  await Promise.all(asked);
  expect(order).toEqual(["many", "many", "other", "many"]);
});

it("lets one address have half of what is free, so that others may still wait", async () => {
  const lane = new Lane({ maxUnderWay: 1, maxWaiting: 8 }, guard);
  const first = held();
  const running = lane.run("first", first.work, never);
  const waiting = Array.from({ length: 4 }, () => lane.run("many", async () => "in turn", never));
  await expect(lane.run("many", async () => "late", never)).rejects.toMatchObject({ kind: "busy" });
  expect(lane.waiting).toBe(4);
  const other = lane.run("other", async () => "in turn", never);
  first.end();
  expect(await Promise.all([running, ...waiting, other])).toEqual(["done", ...new Array(5).fill("in turn")]);
});

it("begins so many in one turn of the event loop", async () => {
  const lane = new Lane({ maxUnderWay: 99, maxWaiting: 99 }, guard);
  let begun = 0;
  const running = Array.from({ length: 20 }, () =>
    lane.run(
      "x",
      async () => {
        begun += 1;
      },
      never,
    ),
  );
  await Promise.resolve();
  await Promise.resolve();
  expect(begun).toBe(MAX_BEGUN_PER_TURN);
  await nextTurn();
  expect(begun).toBe(2 * MAX_BEGUN_PER_TURN);
  await Promise.all(running);
  expect(begun).toBe(20);
});

it("lets nobody wait beyond the deadline, and gives the turn to the next", async () => {
  const lane = new Lane({ maxUnderWay: 1, maxWaiting: 9 }, guard);
  const first = held();
  const deadline = new AbortController();
  const running = lane.run("x", first.work, never);
  const late = lane.run("x", async () => "late", deadline.signal);
  const next = lane.run("x", async () => "next", never);
  deadline.abort();
  await expect(late).rejects.toMatchObject({ kind: "busy" });
  first.end();
  expect(await running).toBe("done");
  expect(await next).toBe("next");
});

it("goes on after work that fails", async () => {
  const lane = new Lane({ maxUnderWay: 1, maxWaiting: 1 }, guard);
  await expect(lane.run("x", () => Promise.reject(new Error("no")), never)).rejects.toThrow("no");
  expect(await lane.run("x", async () => "yes", never)).toBe("yes");
});
