import { NO_FAULTS } from "@headgate/testkit";
import { memoryLinkPair } from "@headgate/transport";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReadRounds } from "./read-rounds.ts";
import { MAX_ROUND_BYTES, MAX_ROUND_MS, Reading } from "./reading.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function noted() {
  const { near } = memoryLinkPair();
  const calls: string[] = [];
  vi.spyOn(near, "pause").mockImplementation(() => calls.push("pause"));
  vi.spyOn(near, "resume").mockImplementation(() => calls.push("resume"));
  const reading = new Reading(near, new ReadRounds(() => performance.now(), NO_FAULTS));
  const received = (length: number, waitMs: number): void =>
    reading.awaitRound(length, performance.now(), performance.now() + waitMs);
  return { reading, received, calls };
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

it("reads what may wait when its round comes, and no later than the longest wait", () => {
  const { received, calls } = noted();
  received(500, 35);
  expect(calls).toEqual(["pause"]);
  vi.advanceTimersByTime(34);
  expect(calls).toEqual(["pause"]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(["pause", "resume"]);
  received(500, 10 * MAX_ROUND_MS);
  vi.advanceTimersByTime(MAX_ROUND_MS);
  expect(calls).toEqual(["pause", "resume", "pause", "resume"]);
});

it("reads a peer that sends fast as it comes, until it has been slower for a while", () => {
  const { received, calls } = noted();
  received(MAX_ROUND_BYTES + 1, 35);
  received(500, 35);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(MAX_ROUND_MS);
  received(500, 35);
  expect(calls).toEqual(["pause"]);
});

it("does not go on for a round while the owner or the peer's turns forbid it", () => {
  const { reading, received, calls } = noted();
  received(500, 35);
  reading.pause();
  vi.advanceTimersByTime(35);
  reading.awaitTurns();
  reading.resume();
  expect(calls).not.toContain("resume");
  received(500, 35);
  reading.turnsCame();
  expect(calls).not.toContain("resume");
  vi.advanceTimersByTime(35);
  expect(calls.at(-1)).toBe("resume");
});

it("resumes at the end of a connection that waits for a round, and leaves the round", () => {
  const { reading, received, calls } = noted();
  received(500, 35);
  reading.end();
  vi.advanceTimersByTime(100);
  expect(calls).toEqual(["pause", "resume"]);
});
