import type { Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_UNDER_WAY } from "./latest-states.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import {
  ALIVE_INTERVAL_MS,
  ANSWER_MS,
  MAX_UNANSWERED,
  type WorkerOwner,
  WorkerProcess,
} from "./worker-process.ts";

/** A worker that is no process. */
class FakeWorker extends EventEmitter {
  readonly told: ToWorker[] = [];
  readonly signals: string[] = [];
  /** What comes of telling it something. */
  sendError: Error | undefined;
  answersAlive = true;
  readonly process = Object.assign(new EventEmitter(), {
    pid: 4711 as number | undefined,
    send: (() => true) as (() => boolean) | undefined,
    kill: (signal: string) => this.signals.push(signal),
  });

  isConnected(): boolean {
    return true;
  }

  /** As in node:child_process: without a callback an error is an event. */
  send(message: ToWorker, callback?: (error: Error | null) => void): boolean {
    this.told.push(message);
    const error = this.sendError;
    if (error && callback) queueMicrotask(() => callback(error));
    else if (error) queueMicrotask(() => this.emit("error", error));
    else if (message.kind === "question" && message.about === "alive" && this.answersAlive)
      this.emit("message", { kind: "answer", request: message.request, answer: true });
    return !error;
  }
}

let fake: FakeWorker;
let heard: FromWorker[];
let ends: (string | number)[];
let faults: unknown[];
let worker: WorkerProcess;

beforeEach(() => {
  vi.useFakeTimers();
  start(new FakeWorker());
});

function start(started: FakeWorker): void {
  fake = started;
  heard = [];
  ends = [];
  faults = [];
  const owner: WorkerOwner = {
    onMessage: (message) => {
      if (message.kind === "ready") throw new Error("a mistake");
      heard.push(message);
    },
    onHanging: () => ends.push("hanging"),
    onExit: (reason) => ends.push(reason),
  };
  const report = (scope: string, error: unknown): void => void faults.push([scope, (error as Error).message]);
  worker = new WorkerProcess(fake as unknown as Worker, owner, {
    report,
    unrecoverable: report.bind(null, ""),
  });
}

afterEach(() => {
  vi.useRealTimers();
});

test("a worker that dies while it is told something harms nobody", async () => {
  fake.sendError = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  worker.tell({ kind: "evict", stream: "live/cam" });
  // node:cluster itself tells workers of new connections, without a callback.
  fake.emit("error", fake.sendError);
  await vi.advanceTimersByTimeAsync(0);
  const asked = worker.ask("relays");
  fake.emit("exit", null, "SIGKILL");
  expect([await asked, ends]).toEqual([undefined, ["SIGKILL"]]);
});

test("a worker that could not be started has ended, once", async () => {
  fake.emit("exit", null, "SIGKILL");
  const never = new FakeWorker();
  never.isConnected = () => false;
  Object.assign(never.process, { pid: undefined, send: undefined });
  start(never);
  const asked = worker.ask("relays");
  for (let i = 0; i < 2; i += 1) never.emit("error", Object.assign(new Error("spawn"), { code: "EMFILE" }));
  expect([await asked, ends, faults]).toEqual([undefined, ["EMFILE"], []]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a question has the answer that belongs to it, or none after a while", async () => {
  const [first, second, third] = [worker.ask("relays"), worker.ask("relays"), worker.ask("metrics")];
  const reply = { relays: [], proxiedSessions: 7 };
  fake.emit("message", { kind: "answer", request: 2, answer: reply });
  fake.emit("message", { kind: "answer", request: 99, answer: reply });
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  expect([await first, await second, await third]).toEqual([undefined, reply, undefined]);
  fake.emit("message", { kind: "answer", request: 1, answer: reply });
});

test("rubbish is not heard", () => {
  for (const message of [null, 7, "ready", { kind: "hello" }, { kind: "published" }])
    fake.emit("message", message);
  fake.emit("message", { kind: "unpublished", stream: "live/cam" });
  expect(heard).toEqual([{ kind: "unpublished", stream: "live/cam" }]);
});

test("a worker that does not read is told of few streams, and of their last owners when it does", () => {
  const send = vi.spyOn(fake, "send").mockReturnValue(true);
  const owner = (slot: number) => ({ slot, isPulled: false });
  for (let i = 0; i < 1_000; i += 1) worker.tellOwner(`live/${i}`, owner(1));
  for (let i = 0; i < 1_000; i += 1) worker.tellOwner("live/busy", owner(i));
  expect(send).toHaveBeenCalledTimes(MAX_UNDER_WAY);
  for (const [, onSent] of send.mock.calls) onSent?.(null);
  const told = send.mock.calls.map(([message]) => message).filter((message) => message.kind === "owner");
  expect(told).toHaveLength(1_001);
  expect(told.filter(({ stream }) => stream === "live/busy").map((message) => message.owner)).toEqual([
    owner(999),
  ]);
});

test("a worker that answers is left alone, also when it has stood still for a while", async () => {
  await vi.advanceTimersByTimeAsync(3 * MAX_UNANSWERED * ALIVE_INTERVAL_MS);
  fake.answersAlive = false;
  await vi.advanceTimersByTimeAsync((MAX_UNANSWERED - 1) * ALIVE_INTERVAL_MS);
  fake.answersAlive = true;
  await vi.advanceTimersByTimeAsync(MAX_UNANSWERED * ALIVE_INTERVAL_MS);
  expect([fake.signals, ends]).toEqual([[], []]);
});

test("a worker that hangs is killed once", async () => {
  fake.answersAlive = false;
  await vi.advanceTimersByTimeAsync(3 * MAX_UNANSWERED * ALIVE_INTERVAL_MS);
  expect([fake.signals, ends]).toEqual([["SIGKILL"], ["hanging"]]);
  fake.emit("exit", null, "SIGKILL");
  expect(vi.getTimerCount()).toBe(0);
});

test("a mistake about one message is a fault, and the next is heard", () => {
  fake.emit("message", { kind: "ready", listeners: [] });
  fake.emit("message", { kind: "unpublished", stream: "live/cam" });
  expect([faults, heard.length, fake.signals]).toEqual([[["worker", "a mistake"]], 1, []]);
});
