import fc from "fast-check";
import { expect, it } from "vitest";
import { JoinedBytes } from "./joined-bytes.ts";

function takeAll(joined: JoinedBytes): Buffer[] {
  const taken: Buffer[] = [];
  for (let bytes = joined.take(); bytes; bytes = joined.take()) taken.push(bytes);
  return taken;
}

it("gives the bytes back in their order, whatever pieces they came in and whenever some are taken", () => {
  const lengths = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 40_000 }));
  const steps = fc.array(fc.record({ length: lengths, isTaken: fc.boolean() }), { maxLength: 50 });
  fc.assert(
    fc.property(steps, (all) => {
      const joined = new JoinedBytes();
      const [added, taken]: [Buffer[], Buffer[]] = [[], []];
      let waiting = 0;
      for (const [index, { length, isTaken }] of all.entries()) {
        const piece = Buffer.alloc(length, index);
        joined.add(piece);
        added.push(piece);
        waiting += length;
        const bytes = isTaken ? joined.take()! : Buffer.alloc(0);
        taken.push(bytes);
        waiting -= bytes.length;
        expect(joined.length).toBe(waiting);
      }
      taken.push(...takeAll(joined));
      expect(Buffer.concat(taken).equals(Buffer.concat(added))).toBe(true);
      expect([joined.length, joined.take()]).toEqual([0, undefined]);
    }),
    { numRuns: 200 },
  );
});

it("keeps no Buffer for each short piece", () => {
  const joined = new JoinedBytes();
  for (let count = 0; count < 65_000; count += 1) joined.add(Buffer.from([count & 0xff]));
  expect(takeAll(joined).length).toBeLessThan(10);
});

it("keeps a long piece without a copy", () => {
  const joined = new JoinedBytes();
  const piece = Buffer.alloc(10_000);
  joined.add(piece);
  expect(joined.take()).toBe(piece);
});

it("keeps no more memory than bytes for a few that are taken", () => {
  const joined = new JoinedBytes();
  joined.add(Buffer.from("ab"));
  expect(joined.take()!.buffer.byteLength).toBeLessThan(16 * 1024);
});
