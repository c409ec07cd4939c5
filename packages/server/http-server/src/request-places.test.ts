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
  const holders = ["a", "b", "c", "d"].map((key) => enter(places, key, MAX_REQUESTS / 4));
  const many = enter(places, "many", 100);
  const one = enter(places, "one", 1);
  expect([many.inside(), one.inside()]).toEqual([0, 0]);
  holders[0]!.leaves[0]!();
  holders[0]!.leaves[1]!();
  expect([many.inside(), one.inside()]).toEqual([1, 1]);
});

test("too many do not wait", () => {
  const places = new RequestPlaces();
  const all = MAX_REQUESTS_PER_ADDRESS + MAX_WAITING_PER_ADDRESS;
  expect(enter(places, "a", all + 10).leaves.length).toBe(all);
  for (let i = 0; i < 10; i += 1) enter(places, `client ${i}`, all);
  expect(enter(places, "late", 1).leaves.length).toBe(0);
  expect(MAX_WAITING).toBeGreaterThan(2 * MAX_WAITING_PER_ADDRESS);
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
