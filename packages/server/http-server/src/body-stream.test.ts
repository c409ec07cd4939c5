import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { BodyStream } from "./body-stream.ts";

it("has what was added before and after it was read, and ends", async () => {
  const body = new BodyStream(() => {});
  body.add(Buffer.from("ab"));
  const read = text(body);
  await nextTurn();
  body.add(Buffer.from("c"));
  await nextTurn();
  body.add(Buffer.from("d"));
  body.finish();
  expect(await read).toBe("abcd");
});

it("may be empty", async () => {
  const body = new BodyStream(() => {});
  body.finish();
  expect(await text(body)).toBe("");
});

it("keeps pieces that wait in few Buffers, and says how many bytes they are", async () => {
  const body = new BodyStream(() => {});
  const count = 65_000;
  for (let i = 0; i < count; i += 1) body.add(Buffer.from("a"));
  expect([body.waitingBytes, body.readableLength]).toEqual([count, 0]);
  body.finish();
  const lengths: number[] = [];
  for await (const piece of body) lengths.push(piece.length);
  expect(lengths.reduce((sum, length) => sum + length)).toBe(count);
  expect(lengths.length).toBeLessThan(10);
});

it("tells when something that waited is taken, and takes no more before its reader does", async () => {
  const onTaken = vi.fn();
  const body = new BodyStream(onTaken);
  body.add(Buffer.alloc(5_000));
  body.add(Buffer.alloc(5_000));
  body.on("data", () => body.pause());
  await nextTurn();
  expect([onTaken.mock.calls.length, body.waitingBytes]).toEqual([1, 5_000]);
  body.resume();
  await nextTurn();
  expect([onTaken.mock.calls.length, body.waitingBytes]).toEqual([2, 0]);
});
