import { expect, test } from "vitest";
import { RequestPlaces } from "./request-places.ts";
import {
  MAX_REQUESTS,
  MAX_REQUESTS_PER_ADDRESS,
  MAX_WAITING,
  MAX_WAITING_PER_ADDRESS,
} from "./web-limits.ts";

type Leave = () => void;

/** Takes places for a client, and says of each whether it has been had. */
function enter(places: RequestPlaces, key: string, count: number): { inside: () => number; leaves: Leave[] } {
  let inside = 0;
  const leaves: Leave[] = [];
  for (let i = 0; i < count; i += 1) {
    const leave = places.enter(key, () => {
      inside += 1;
    });
    if (leave) leaves.push(leave);
  }
  return { inside: () => inside, leaves };
}

test("one client has a quarter of the places, and others have theirs at once", () => {
  const places = new RequestPlaces();
  const greedy = enter(places, "192.0.2.1", 200);
  expect(greedy.inside()).toBe(MAX_REQUESTS_PER_ADDRESS);
  expect(enter(places, "192.0.2.2", 1).inside()).toBe(1);
  for (const leave of greedy.leaves) leave();
  expect(greedy.inside()).toBeGreaterThanOrEqual(MAX_REQUESTS_PER_ADDRESS);
});

test("who waits has the place of one who leaves, in order, once", () => {
  const places = new RequestPlaces();
  const first = enter(places, "a", MAX_REQUESTS_PER_ADDRESS);
  const next = enter(places, "a", 2);
  expect(next.inside()).toBe(0);
  first.leaves[0]!();
  first.leaves[0]!();
  expect(next.inside()).toBe(1);
  next.leaves[1]!();
  first.leaves[1]!();
  expect(next.inside()).toBe(1);
});

test("when all places are taken, clients take turns", () => {
  const places = new RequestPlaces();
  const holders = Array.from({ length: MAX_REQUESTS }, (_, index) => enter(places, `holder ${index}`, 1));
  const many = enter(places, "many", 100);
  const one = enter(places, "one", 1);
  expect([many.inside(), one.inside()]).toEqual([0, 0]);
  holders[0]!.leaves[0]!();
  holders[1]!.leaves[0]!();
  expect([many.inside(), one.inside()]).toEqual([1, 1]);
});

test("too many do not wait", () => {
  const places = new RequestPlaces();
  const all = MAX_REQUESTS_PER_ADDRESS + MAX_WAITING_PER_ADDRESS;
  expect(enter(places, "a", all + 10).leaves.length).toBe(all);
  for (let i = 0; i < MAX_REQUESTS + MAX_WAITING; i += 1) enter(places, `client ${i}`, 1);
  expect(enter(places, "late", 1).leaves.length).toBe(0);
  expect(MAX_WAITING).toBeGreaterThan(2 * MAX_WAITING_PER_ADDRESS);
});

test("a few clients have neither all places nor the whole line", () => {
  const places = new RequestPlaces();
  const few = Array.from({ length: 16 }, (_, index) =>
    enter(places, `client ${index}`, MAX_REQUESTS + MAX_WAITING),
  );
  expect(few.every(({ inside }) => inside() > 0)).toBe(true);
  const newcomer = enter(places, "newcomer", 2);
  expect([newcomer.inside(), newcomer.leaves.length]).toEqual([1, 2]);
});

test("a place is wanted by its own client that waits, and by others that wait and have fewer", () => {
  const places = new RequestPlaces();
  const [many] = [enter(places, "many", 3), enter(places, "one", 1)];
  for (let i = 4; i < MAX_REQUESTS; i += 1) enter(places, `client ${i}`, 1);
  const wanted = () => ["many", "one"].map((key) => places.isWanted(key));
  expect(wanted()).toEqual([false, false]);
  const second = enter(places, "one", 1);
  expect(wanted()).toEqual([true, true]);
  second.leaves[0]!();
  const late = enter(places, "late", 1);
  expect([...wanted(), places.isWanted("late")]).toEqual([true, true, true]);
  many.leaves[0]!();
  expect([late.inside(), ...wanted()]).toEqual([1, false, false]);
});

test("nothing is kept of clients that have left", () => {
  const places = new RequestPlaces();
  for (let round = 0; round < 3; round += 1) {
    const clients = Array.from({ length: 5 }, (_, index) => enter(places, `client ${index}`, 100));
    for (const { leaves } of clients) for (const leave of leaves) leave();
    expect(clients.every(({ inside }) => inside() > 0)).toBe(true);
  }
  expect(enter(places, "a", MAX_REQUESTS_PER_ADDRESS).inside()).toBe(MAX_REQUESTS_PER_ADDRESS);
});
