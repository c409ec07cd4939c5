import { beforeEach, expect, test } from "vitest";
import { type AdminPlace, AdminPlaces, MAX_ADMIN_CONNECTIONS } from "./admin-places.ts";

let places: AdminPlaces;
let ended: string[];

beforeEach(() => {
  places = new AdminPlaces();
  ended = [];
});

/** A connection that is idle since a moment, or has a request. */
function connection(key: string, idleSinceMs?: number): AdminPlace {
  return { key, idleSinceMs: () => idleSinceMs, end: () => ended.push(`${key} ${idleSinceMs}`) };
}

/** Has connections with a request enter while there is a place; returns them. */
function fill(key: string): AdminPlace[] {
  const inside: AdminPlace[] = [];
  for (let place = connection(key); places.enter(place); place = connection(key)) inside.push(place);
  return inside;
}

test("an address has one more only while three times as many are free", () => {
  expect(fill("a")).toHaveLength(MAX_ADMIN_CONNECTIONS / 4);
  expect(fill("b")).toHaveLength((MAX_ADMIN_CONNECTIONS * 3) / 16);
  expect(places.enter(connection("c"))).toBe(true);
  expect(ended).toEqual([]);
});

test("beyond that, it has the place of its connection that has been idle for the longest", () => {
  const busy = fill("a");
  for (const place of busy.slice(0, 2)) places.leave(place);
  expect([places.enter(connection("a", 2)), places.enter(connection("a", 1))]).toEqual([true, true]);
  expect([places.enter(connection("a", 3)), places.enter(connection("a"))]).toEqual([true, true]);
  expect(ended).toEqual(["a 1", "a 2"]);
  expect([places.enter(connection("a")), places.enter(connection("a"))]).toEqual([true, false]);
  expect(ended).toEqual(["a 1", "a 2", "a 3"]);
});

test("an idle connection of another address stays while places are free", () => {
  places.enter(connection("b", 0));
  fill("a");
  expect(places.enter(connection("a"))).toBe(false);
  expect(ended).toEqual([]);
});

test("where no place is free, an address with few has that of an idle connection of the one with the most", () => {
  const many = fill("many");
  for (const place of many.slice(0, 2)) places.leave(place);
  for (const sinceMs of [8, 7]) places.enter(connection("many", sinceMs));
  places.enter(connection("one", 1));
  for (let i = 0; places.enter(connection(`${i}`)) && ended.length === 0; i += 1);
  expect(ended).toEqual(["many 7"]);
  expect(places.enter(connection("new"))).toBe(true);
  expect(ended).toEqual(["many 7", "many 8"]);
  expect(places.enter(connection("one"))).toBe(true);
  expect(ended).toEqual(["many 7", "many 8", "one 1"]);
  expect(places.enter(connection("newer"))).toBe(false);
});

test("who leaves twice frees one place", () => {
  const [first] = fill("a");
  for (let times = 0; times < 2; times += 1) places.leave(first!);
  expect(fill("a")).toHaveLength(1);
});
