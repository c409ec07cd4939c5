import { ByteReader, ByteWriter } from "@headgate/bytes";
import { hex } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_U29, readU29, signExtendU29, writeU29 } from "./u29.ts";

function encoded(value: number): Uint8Array {
  const writer = new ByteWriter();
  writeU29(writer, value);
  return writer.finish();
}

test("every number of 29 bits is read as it was written, in as few bytes as it needs", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 29 }), fc.integer({ min: 0, max: MAX_U29 }), (bits, random) => {
      const value = random % 2 ** bits;
      const bytes = encoded(value);
      expect(readU29(new ByteReader(bytes))).toBe(value);
      expect(bytes.length).toBe(value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4);
    }),
  );
});

test("the fourth byte gives eight bits and never asks for a fifth", () => {
  const reader = new ByteReader(hex("80 80 80 ff 00"));
  expect(readU29(reader)).toBe(0xff);
  expect(reader.position).toBe(4);
});

test("a number may take more bytes than it needs", () => {
  expect(readU29(new ByteReader(hex("80 80 01")))).toBe(1);
});

test("a number of 30 bits is our own mistake", () => {
  expect(() => encoded(MAX_U29 + 1)).toThrow("does not fit the 29 bits");
});

test.each([
  [0x0fffffff, 2 ** 28 - 1],
  [0x10000000, -(2 ** 28)],
  [0x1fffffff, -1],
  [0, 0],
])("%i is the integer %i", (raw, integer) => {
  expect(signExtendU29(raw)).toBe(integer);
});
