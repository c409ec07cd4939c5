import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CompactRequest } from "./compact-request.ts";

/** A request whose body no reader has asked for yet. */
function unread(): CompactRequest {
  return new CompactRequest(new Socket());
}

it("keeps a body that is not read in few Buffers, whatever pieces it came in", async () => {
  const request = unread();
  let count = 0;
  while (request.push(Buffer.from([count & 0xff]))) count += 1;
  expect(count).toBeGreaterThan(1_000);
  request.push(null);
  const taken: Buffer[] = [];
  for await (const piece of request) taken.push(piece);
  expect(Buffer.concat(taken)).toEqual(
    Buffer.from(Array.from({ length: count + 1 }, (_, index) => index & 0xff)),
  );
  expect(taken.length).toBeLessThan(10);
});

it("gives each piece at once to a reader that takes them", async () => {
  const request = unread();
  const taken: string[] = [];
  request.on("data", (piece) => taken.push(String(piece)));
  await nextTurn();
  for (const letter of ["a", "b", "c"]) {
    request.push(Buffer.from(letter));
    expect(taken.at(-1)).toBe(letter);
  }
});

it("tells of each piece, as long as it is", () => {
  const request = unread();
  const lengths: number[] = [];
  request.onPiece = (bytes) => lengths.push(bytes);
  for (const length of [3, 1, 2]) request.push(Buffer.alloc(length));
  request.push(null);
  expect(lengths).toEqual([3, 1, 2]);
});

it("gives the same bytes to a reader that stops and goes on whenever it likes", async () => {
  const steps = fc.array(fc.constantFrom("short", "long", "pause", "resume", "turn"), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const request = unread();
      const [said, taken]: [Buffer[], Buffer[]] = [[], []];
      request.on("data", (piece: Buffer) => taken.push(piece));
      const end = new Promise((resolve) => request.once("end", resolve));
      for (const [index, step] of all.entries()) {
        if (step === "pause") request.pause();
        else if (step === "resume") request.resume();
        else if (step === "turn") await nextTurn();
        else {
          const piece = Buffer.alloc(step === "short" ? 2 : 2_000, index);
          said.push(piece);
          request.push(Buffer.from(piece));
        }
      }
      request.push(null);
      request.resume();
      await end;
      expect(Buffer.concat(taken).equals(Buffer.concat(said))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
