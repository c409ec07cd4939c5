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
