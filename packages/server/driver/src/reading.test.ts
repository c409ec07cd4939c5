import { memoryLinkPair } from "@headgate/transport";
import { expect, it, vi } from "vitest";
import { Reading } from "./reading.ts";

function noted() {
  const { near } = memoryLinkPair();
  const calls: string[] = [];
  vi.spyOn(near, "pause").mockImplementation(() => calls.push("pause"));
  vi.spyOn(near, "resume").mockImplementation(() => calls.push("resume"));
  return { reading: new Reading(near), calls };
}

it("goes on only when both the owner and the peer's turns allow it", () => {
  const { reading, calls } = noted();
  reading.pause();
  reading.awaitTurns();
  reading.resume();
  expect(calls).toEqual(["pause", "pause"]);
  reading.turnsCame();
  expect(calls).toEqual(["pause", "pause", "resume"]);
  reading.awaitTurns();
  reading.pause();
  reading.turnsCame();
  expect(calls.slice(3)).toEqual(["pause", "pause"]);
  reading.resume();
  expect(calls.slice(5)).toEqual(["resume"]);
});

it("asks the Link once, however often it is told to wait for turns or to go on", () => {
  const { reading, calls } = noted();
  reading.turnsCame();
  reading.awaitTurns();
  reading.awaitTurns();
  reading.turnsCame();
  reading.turnsCame();
  expect(calls).toEqual(["pause", "resume"]);
});

it("resumes at the end of a connection whose turns have not come, so that the close is noticed", () => {
  const { reading, calls } = noted();
  reading.awaitTurns();
  reading.end();
  expect(calls).toEqual(["pause", "resume"]);
});
