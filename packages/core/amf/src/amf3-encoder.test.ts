import { ByteReader, ByteWriter } from "@headgate/bytes";
import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { Amf3Decoder } from "./amf3-decoder.ts";
import { writeAmf3 } from "./amf3-encoder.ts";
import { type AmfValue, EcmaArray, Externalizable, TypedObject, Unsupported, Vector } from "./values.ts";

function encode(value: AmfValue): Uint8Array {
  const writer = new ByteWriter();
  writeAmf3(writer, value);
  return writer.finish();
}

const decode = (bytes: Uint8Array) => new Amf3Decoder(new ByteReader(bytes)).read();

describe("numbers", () => {
  test.each([2 ** 28, -(2 ** 28) - 1, 1.5, -0, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is a double",
    (value) => {
      const bytes = encode(value);
      expect(bytes).toHaveLength(9);
      expect(bytes[0]).toBe(0x05);
      expect(decode(bytes)).toBe(value);
    },
  );

  test.each([0, -1, 2 ** 28 - 1, -(2 ** 28)])("%d is an integer", (value) => {
    const bytes = encode(value);
    expect(bytes[0]).toBe(0x04);
    expect(decode(bytes)).toBe(value);
  });
});

describe("arrays", () => {
  test("indexes without a gap are the dense part of an ECMA array, the rest has names", () => {
    expect(encode(new EcmaArray({ 0: true, 1: false, 3: null, a: null }))).toEqual(
      hex("09 05 03 33 01 03 61 01 01 03 02"),
    );
  });

  test("an ECMA array of nothing but indexes is still one when it is read", () => {
    const array = new EcmaArray({ 0: true, 1: false });
    expect(decode(encode(array))).toEqual(array);
  });

  test("an ECMA array cannot have an empty key", () => {
    expect(() => encode(new EcmaArray({ "": 1 }))).toThrow("empty key");
  });
});

describe("objects", () => {
  test("an object that is not dynamic has its sealed members only", () => {
    const object = new TypedObject("P", { y: 2, x: 1, z: 3 }, { sealed: ["x", "y"], dynamic: false });
    expect(encode(object)).toEqual(hex("0a 23 03 50 03 78 03 79 0401 0402"));
  });

  test("a dynamic one has its other members after them", () => {
    const object = new TypedObject("P", { y: 2, x: 1 }, { sealed: ["x"], dynamic: true });
    expect(encode(object)).toEqual(hex("0a 1b 03 50 03 78 0401 03 79 0402 01"));
  });

  test("a sealed member that is missing is undefined", () => {
    const object = new TypedObject("P", {}, { sealed: ["x"], dynamic: false });
    expect(encode(object)).toEqual(hex("0a 13 03 50 03 78 00"));
  });

  test("an empty key, which would end the dynamic members, is sealed", () => {
    const object = { "": 1, a: 2 };
    expect(encode(object)).toEqual(hex("0a 1b 01 01 0401 03 61 0402 01"));
    expect(decode(encode(object))).toEqual(object);
  });

  test("strings and classes are written anew each time, without a reference", () => {
    const point = new TypedObject("P", { x: "x" });
    expect(encode([point, point])).toEqual(
      hex("09 05 01  0a 0b 03 50 03 78 06 03 78 01  0a 0b 03 50 03 78 06 03 78 01"),
    );
  });

  test("an externalizable is its class name and its one value", () => {
    const proxy = new Externalizable("flex.messaging.io.ObjectProxy", { a: 1 });
    expect(encode(proxy).subarray(0, 3)).toEqual(hex("0a 07 3b"));
    expect(decode(encode(proxy))).toEqual(proxy);
  });
});

test("unsupported, for which AMF3 has no marker, is undefined", () => {
  expect(encode(Unsupported)).toEqual(hex("00"));
});

test("a vector of numbers holds nothing else", () => {
  expect(() => encode(new Vector("int", ["1"]))).toThrow("a Vector of int holds a string");
});

test("a value that contains itself cannot be written", () => {
  const object = new TypedObject("P", {}, { sealed: ["self"], dynamic: false });
  object.properties.self = object;
  expect(() => encode(object)).toThrow("contains itself");
});
