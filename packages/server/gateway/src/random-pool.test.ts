import { expect, test } from "vitest";
import { RandomPool } from "./random-pool.ts";

test("no byte is handed out twice, whatever lengths are requested", () => {
  const pool = new RandomPool();
  const taken = [6, 1528, 65_536, 32, 0, 100_000, 65_535, 1].map((length) => {
    const bytes = pool.take(length);
    expect(bytes).toHaveLength(length);
    return bytes;
  });
  for (const [index, { buffer, byteOffset, byteLength }] of taken.entries()) {
    const others = taken.filter((other, at) => at !== index && other.buffer === buffer);
    const overlaps = others.filter(
      (other) =>
        other.byteOffset < byteOffset + byteLength && byteOffset < other.byteOffset + other.byteLength,
    );
    expect(overlaps).toEqual([]);
  }
});

test("the bytes are random", () => {
  const pool = new RandomPool();
  const seen = new Set(Array.from({ length: 20_000 }, () => Buffer.from(pool.take(16)).toString("hex")));
  expect(seen.size).toBe(20_000);
});
