import { beforeEach, expect, test } from "vitest";
import { LatestStates, MAX_UNDER_WAY } from "./latest-states.ts";

let told: string[];
let sent: (() => void)[];
let states: LatestStates<string>;

beforeEach(() => {
  told = [];
  sent = [];
  states = new LatestStates((stream, state, onSent) => {
    told.push(`${stream} ${state ?? "ends"}`);
    sent.push(onSent);
  });
});

/** So many messages are under way that everything else has to wait. */
function fill(): void {
  for (let i = 0; i < MAX_UNDER_WAY; i += 1) states.set(`filling ${i}`, "begins");
  told = [];
}

test("are told at once while few are under way, in order", () => {
  states.set("a", "begins");
  states.set("b", "begins");
  states.set("a", undefined);
  expect(told).toEqual(["a begins", "b begins", "a ends"]);
});

test("wait for what is under way, and only the newest of a stream is told then", () => {
  states.set("known", "begins");
  sent.pop()!();
  fill();
  for (let i = 0; i < 1000; i += 1) {
    states.set("known", undefined);
    states.set("known", `begins ${i}`);
    states.set(`short ${i}`, "begins");
    states.set(`short ${i}`, undefined);
  }
  expect(told).toEqual([]);
  for (const onSent of sent.splice(0)) onSent();
  expect(told).toEqual(["known begins 999"]);
});

test("tell nobody of an end whose begin was not told", () => {
  states.set("a", undefined);
  states.set("b", "begins");
  for (let i = 0; i < 2; i += 1) states.set("b", undefined);
  expect(told).toEqual(["b begins", "b ends"]);
});
