import type { Claim, Full } from "@headgate/limits";
import { beforeEach, describe, expect, it } from "vitest";
import type { ToWorker } from "./messages.ts";
import { SharedLimits } from "./shared-limits.ts";
import { MAX_OPEN_CLAIMS, WorkerSlots } from "./worker-slots.ts";

let shared: SharedLimits;
let told: Map<number, ToWorker[]>;
let slots: readonly WorkerSlots[];

/** Two workers, whose messages arrive at once. */
beforeEach(() => {
  told = new Map([
    [0, []],
    [1, []],
  ]);
  shared = new SharedLimits((worker, message) => {
    told.get(worker)?.push(message);
    if (message.kind === "claimed") slots[worker]?.answered(message.id, message.full[0]);
    if (message.kind === "excess") slots[worker]?.onExcess(message.id);
  });
  slots = [0, 1].map((worker) => {
    shared.joined(worker);
    return new WorkerSlots((message) => {
      if (message.kind === "claim" || message.kind === "giveBack" || message.kind === "bitrates")
        shared.onMessage(worker, message);
    });
  });
});

const claim = (id: string, most: number, mostBitrate?: number): Claim => ({
  id,
  groups: [{ key: "viewers", member: id, most, mostBitrate }],
  caps: [],
});
const take = async (worker: number, id: string, most = 2): Promise<Full> =>
  slots[worker]!.take(claim(id, most));

describe("what workers count together", () => {
  it("is taken by one of them at a time", async () => {
    expect([await take(0, "a"), await take(1, "b"), await take(0, "c"), await take(1, "d")]).toEqual([
      undefined,
      undefined,
      { at: 0, of: "members" },
      { at: 0, of: "members" },
    ]);
    expect(await slots[1]!.full(claim("d", 3))).toBeUndefined();
    slots[0]!.giveBack("a");
    expect(await take(1, "d")).toBeUndefined();
  });

  it("is free again when a worker has gone, whatever it still says", async () => {
    await take(0, "a");
    await take(1, "b");
    shared.left(0);
    shared.onMessage(0, { kind: "claim", claim: claim("late", 9), isQuestion: false });
    expect(await take(1, "c")).toBeUndefined();
    expect(await take(1, "d")).toBeDefined();
    shared.joined(0);
    slots[1]!.giveBack("c");
    expect(await take(0, "e")).toBeUndefined();
  });

  it("is ended in the worker that has it if there is too much bitrate", async () => {
    const ended: string[] = [];
    for (const each of slots) each.onExcess = (id) => ended.push(id);
    await slots[0]!.take(claim("a", 9, 1_000));
    await slots[1]!.take(claim("b", 9, 1_000));
    slots[1]!.report([["b", 600]]);
    expect(ended).toEqual([]);
    slots[0]!.report([["a", 600]]);
    expect(ended).toEqual(["b"]);
    expect(told.get(0)?.map(({ kind }) => kind)).toEqual(["claimed"]);
  });
});

it("a worker whose primary does not answer has only so many open claims", () => {
  const silent = new WorkerSlots(() => {});
  for (let count = 0; count < MAX_OPEN_CLAIMS; count += 1)
    expect(silent.take(claim(`${count}`, 9))).toBeInstanceOf(Promise);
  expect(silent.take(claim("more", 9))).toEqual({ at: 0, of: "members" });
});

it("each worker is told who is banned when it listens, and when that changes", () => {
  shared.ready(0);
  const ban = shared.bans.add({ address: "192.0.2.1" }, { reason: "", forMs: undefined });
  shared.left(1);
  shared.joined(1);
  shared.ready(1);
  expect(told.get(0)).toEqual([
    { kind: "bans", bans: [] },
    { kind: "bans", bans: [ban] },
  ]);
  expect(told.get(1)).toEqual([
    { kind: "bans", bans: [ban] },
    { kind: "bans", bans: [ban] },
  ]);
});
