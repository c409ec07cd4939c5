import { expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";

test("fields are read big-endian, signed where they say so", () => {
  const reader = new ByteReader(Uint8Array.of(0xff, 0xfe, 0x80, 0, 1, 0xff, 0xff, 0xff, 0xff));
  expect(reader.i16()).toBe(-2);
  expect(reader.u24()).toBe(0x800001);
  expect(reader.i32()).toBe(-1);
  expect(reader.remaining).toBe(0);
  expect(reader.peek()).toBeUndefined();
});

test("a view into a larger buffer reads its own bytes", () => {
  const reader = new ByteReader(Uint8Array.of(9, 9, 1, 2).subarray(2));
  expect(reader.u16()).toBe(0x0102);
});

test("reading past the end throws the code the reader was made with, and moves nothing", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3), "AMF_TRUNCATED");
  expect(() => reader.u32()).toThrow(expect.objectContaining({ code: "AMF_TRUNCATED" }));
  expect(() => reader.take(4)).toThrow(expect.objectContaining({ code: "AMF_TRUNCATED" }));
  expect(reader.u24()).toBe(0x010203);
});
