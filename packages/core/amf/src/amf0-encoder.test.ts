import { deepStrictEqual } from "node:assert/strict";
import { ByteWriter } from "@headgate/bytes";
import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { decodeAmf0Values } from "./amf0-decoder.ts";
import { encodeAmf0Values, writeAmf0 } from "./amf0-encoder.ts";
import {
  type AmfObject,
  type AmfValue,
  Dictionary,
  EcmaArray,
  TypedObject,
  Unsupported,
  Vector,
  Xml,
} from "./values.ts";

const encode = (value: AmfValue) => encodeAmf0Values([value]);
const AVMPLUS = 0x11;

test("values follow each other in one writer", () => {
  const writer = new ByteWriter();
  writeAmf0(writer.u8(0), null);
  writeAmf0(writer, "a");
  expect(writer.finish()).toEqual(hex("00 05 02 0001 61"));
});

test("an object literal is an object and its inherited keys are not written", () => {
  expect(encode({ a: undefined })).toEqual(hex("03 0001 61 06 000009"));
});

test("an ECMA array has the right count, though no reader may rely on it", () => {
  expect(encode(new EcmaArray({ a: null, b: null }))).toEqual(
    hex("08 00000002 0001 61 05 0001 62 05 000009"),
  );
});

test("an object that occurs twice is written twice, without a reference", () => {
  const shared: AmfObject = { a: null };
  expect(encode([shared, shared])).toEqual(hex("0a 00000002 03 0001 61 05 000009 03 0001 61 05 000009"));
});

test("a string of more than 65,535 bytes is a long string", () => {
  expect(encode("a".repeat(65_535)).subarray(0, 4)).toEqual(hex("02 ffff 61"));
  expect(encode("a".repeat(65_536)).subarray(0, 6)).toEqual(hex("0c 00010000 61"));
  expect(encode("é".repeat(32_768)).subarray(0, 5)).toEqual(hex("0c 00010000"));
});

test("what AMF0 has no type for is written as AMF3", () => {
  for (const value of [
    Uint8Array.of(1),
    new Xml("<a/>"),
    new Vector("int", [1]),
    new Dictionary([[1, 2]]),
    new TypedObject("P", { x: 1 }, { sealed: ["x"], dynamic: false }),
  ]) {
    const bytes = encode({ value });
    expect(bytes[8]).toBe(AVMPLUS);
    expect(decodeAmf0Values(bytes)).toEqual([{ value }]);
  }
});

test("a key too long for AMF0 makes its object an AMF3 one", () => {
  const key = "\ufffd".repeat(21_846);
  for (const value of [
    { [key]: 1 },
    new EcmaArray({ [key]: 1 }),
    new TypedObject("P", { [key]: 1 }),
    new TypedObject(key, {}),
  ]) {
    const bytes = encode(value);
    expect(bytes[0]).toBe(AVMPLUS);
    expect(decodeAmf0Values(bytes)).toEqual([value]);
  }
  const fits = encode({ [key.slice(1)]: 1 });
  expect(fits.subarray(0, 3)).toEqual(hex("03 ffff"));
});

test("unsupported has a marker of its own", () => {
  expect(encode(Unsupported)).toEqual(hex("0d"));
});

describe("values that cannot be written", () => {
  test("one that contains itself", () => {
    const object: AmfObject = {};
    object.self = [object];
    expect(() => encode(object)).toThrow("contains itself");

    const array: AmfValue[] = [];
    array.push(array, array);
    expect(() => encode(array)).toThrow("contains itself");

    const vector = new Vector("object", []);
    vector.items.push(vector);
    expect(() => encode(vector)).toThrow("contains itself");
  });

  test("one that becomes huge without its references", () => {
    let doubled: AmfValue = null;
    for (let i = 0; i < 32; i += 1) doubled = [doubled, doubled];
    expect(() => encode(doubled)).toThrow("more than 1000000 parts");
    expect(() => encode(new Array(17).fill("a".repeat(1_000_000)))).toThrow("longer than 16777215 bytes");
  });

  test("one of a class that is not ours", () => {
    expect(() => encode(new Map() as never)).toThrow("AMF cannot express [object Map]");
    expect(() => encode((() => 1) as never)).toThrow("AMF cannot express [object Function]");
    expect(() => encode(1n as never)).toThrow("AMF cannot express [object BigInt]");
  });
});

test("a value nested as deep as any that decodes encodes again", () => {
  let deep: AmfValue = null;
  for (let i = 0; i < 32; i += 1) deep = [deep];
  deepStrictEqual(decodeAmf0Values(encode(deep)), [deep]);
});
