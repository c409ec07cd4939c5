import { expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

test("every field can be the one that makes the buffer grow", () => {
  const writer = new ByteWriter(1);
  writer.u8(1).u16(0x0203).u24(0x040506).u32(0x0708090a).f64(1.5).u32LittleEndian(0x01020304);
  writer.utf8WithU16Length("é").raw(Uint8Array.of(9, 9));
  const reader = new ByteReader(writer.finish());
  expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.f64()]).toEqual([
    1, 0x0203, 0x040506, 0x0708090a, 1.5,
  ]);
  expect([...reader.rest()]).toEqual([4, 3, 2, 1, 0, 2, 0xc3, 0xa9, 9, 9]);
});

test("what was finished is not touched by what is written next", () => {
  const writer = new ByteWriter(4);
  const first = writer.u32(1).finish();
  writer.u32(2);
  expect([...first]).toEqual([0, 0, 0, 1]);
});

test.each([
  "",
  "a",
  "é",
  "aé",
  "abc\u0000\u007f",
  "x".repeat(64),
  "x".repeat(65),
  `${"x".repeat(63)}é`,
  "😀",
  "\ud800",
])("a text is its UTF-8, however it is encoded: %j", (text) => {
  const expected = Buffer.from(text, "utf8");
  const written = new ByteWriter(1).u8(7).utf8WithU16Length(text).u8(9).finish();
  expect([...written]).toEqual([7, 0, expected.length, ...expected, 9]);
});
