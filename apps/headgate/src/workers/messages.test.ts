import { expect, test } from "vitest";
import { type FromWorker, readFromWorker, readToWorker, type ToWorker } from "./messages.ts";

const FROM: readonly FromWorker[] = [
  { kind: "ready", listeners: [] },
  { kind: "failed", problems: ["a"] },
  { kind: "published", stream: "live/cam", isPulled: false },
  { kind: "unpublished", stream: "live/cam" },
  { kind: "wanted", stream: "live/cam" },
  { kind: "heard", stream: "live/cam", asker: 1 },
  { kind: "claim", claim: { id: "a 1", groups: [], caps: [] }, isQuestion: false },
  { kind: "giveBack", id: "a 1" },
  { kind: "bitrates", reported: [["a 1", 1_000]] },
  { kind: "answer", request: 1, answer: true },
];

const TO: readonly ToWorker[] = [
  { kind: "owner", stream: "live/cam", owner: { slot: 0, isPulled: true } },
  { kind: "owner", stream: "live/cam", owner: undefined },
  { kind: "evict", stream: "live/cam" },
  { kind: "confirm", stream: "live/cam", asker: 1 },
  { kind: "confirmed", stream: "live/cam", isFree: true },
  { kind: "question", request: 1, about: "metrics" },
  { kind: "claimed", id: "a 1", full: [{ at: 0, of: "members" }] },
  { kind: "excess", id: "a 1" },
  { kind: "bans", bans: [] },
  { kind: "end" },
];

const RUBBISH: readonly unknown[] = [
  ...[undefined, null, 0, "end", true, [], {}, { kind: undefined }, { kind: "hello" }, { kind: {} }],
  ...["__proto__", "constructor", "toString"].map((kind) => ({ kind })),
  { type: "prom-client:getMetricsReq", requestId: 0 },
];

test("messages between the processes of a server are understood", () => {
  expect(FROM.map(readFromWorker)).toEqual(FROM);
  expect(TO.map(readToWorker)).toEqual(TO);
});

test("messages of others, and rubbish, are nothing", () => {
  for (const read of [readFromWorker, readToWorker])
    expect(RUBBISH.filter((message) => read(message) !== undefined)).toEqual([]);
});

test("a message that lacks something, or has something else in its place, is nothing", () => {
  const wrong: unknown[] = [];
  for (const message of [...FROM, ...TO]) {
    for (const key of Object.keys(message).filter((name) => name !== "kind" && name !== "owner")) {
      const { [key]: _, ...rest } = message as Record<string, unknown>;
      wrong.push(rest, { ...message, [key]: null });
    }
  }
  wrong.push({ kind: "owner", stream: "live/cam", owner: { slot: "0" } }, { kind: "owner", stream: 1 });
  wrong.push({ kind: "question", request: 1, about: "toString" });
  expect(wrong.filter((message) => readFromWorker(message) ?? readToWorker(message))).toEqual([]);
});
