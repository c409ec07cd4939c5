import { deepStrictEqual } from "node:assert/strict";
import { ByteReader } from "@headgate/bytes";
import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { Amf3Decoder } from "./amf3-decoder.ts";
import type { AmfLimits } from "./limits.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  Dictionary,
  EcmaArray,
  Externalizable,
  TypedObject,
  Vector,
  Xml,
  XmlDocument,
} from "./values.ts";

/** The ASCII text as an inline AMF3 string without its marker. */
function text(ascii: string): string {
  const digits = Array.from(ascii, (character) => character.charCodeAt(0).toString(16).padStart(2, "0"));
  return (ascii.length * 2 + 1).toString(16).padStart(2, "0") + digits.join("");
}

function decodeAll(digits: string, limits?: AmfLimits): AmfValue[] {
  const reader = new ByteReader(hex(digits), "AMF_TRUNCATED");
  const decoder = new Amf3Decoder(reader, limits);
  const values: AmfValue[] = [];
  while (decoder.position < reader.bytes.length) values.push(decoder.read());
  return values;
}

const decode = (digits: string) => decodeAll(digits)[0];
const failure = (code: string) => expect.objectContaining({ name: "ProtocolError", code });
const COLLECTION = text("flex.messaging.io.ArrayCollection");

describe("numbers", () => {
  test("integers have their sign in bit 28", () => {
    expect(decodeAll("04 bfffffff  04 c0808000  04 ffffffff")).toEqual([2 ** 28 - 1, -(2 ** 28), -1]);
  });

  test("a double may be any number", () => {
    deepStrictEqual(decodeAll("05 8000000000000000 05 7ff8000000000000"), [-0, Number.NaN]);
  });
});

describe("strings", () => {
  test("the empty string takes no place in the table", () => {
    expect(decodeAll("06 01  06 03 61  06 00")).toEqual(["", "a", "a"]);
  });

  test("class names, member names and values share the table", () => {
    const values = decodeAll(
      `0a 1b ${text("P")} ${text("x")} 0601 ${text("y")} 0601 01   0600 0602 0604 0a0b 01 02 0600 01`,
    );
    expect(values.slice(1, 4)).toEqual(["P", "x", "y"]);
    expect(values[4]).toEqual({ x: "P" });
  });

  test("what is not UTF-8 is replaced, and can be referred to", () => {
    expect(decodeAll("06 03 ff  06 00")).toEqual(["\ufffd", "\ufffd"]);
  });

  test("a reference to nothing breaks the protocol", () => {
    expect(() => decode("06 00")).toThrow(failure("AMF_REFERENCE_INVALID"));
    expect(() => decodeAll("06 03 61 06 02")).toThrow(failure("AMF_REFERENCE_INVALID"));
  });
});

describe("the object table", () => {
  test("every type but scalars and strings takes a place, and a date or a ByteArray can be referred to", () => {
    const inline = [
      `07 ${text("d")}`,
      "08 01 0000000000000000",
      "09 01 01",
      "0a 0b 01 01",
      `0b ${text("x")}`,
      "0c 03 ff",
      "0d 01 00",
      "0e 01 00",
      "0f 01 00",
      "10 01 00 01",
      "11 01 00",
      `0a 07 ${COLLECTION} 01`,
    ];
    const references = inline.map((_, index) => `0a ${(index * 2).toString(16).padStart(2, "0")}`);
    const values = decodeAll([...inline, ...references].join(" "));
    expect(values).toHaveLength(2 * inline.length);
    for (const [index, value] of values.slice(inline.length).entries()) expect(value).toBe(values[index]);
    expect(values.slice(0, 6)).toEqual([
      new XmlDocument("d"),
      new AmfDate(0),
      [],
      {},
      new Xml("x"),
      Uint8Array.of(0xff),
    ]);
  });

  test("a container takes its place before its members, so each can hold itself", () => {
    const array = decode("09 03 01 0900") as AmfValue[];
    expect(array[0]).toBe(array);
    const ecma = decode(`09 01 ${text("a")} 0900 01`) as EcmaArray;
    expect(ecma.properties.a).toBe(ecma);
    const object = decode(`0a 0b 01 ${text("a")} 0a00 01`) as AmfObject;
    expect(object.a).toBe(object);
    const sealed = decode(`0a 13 ${text("P")} ${text("a")} 0a00`) as TypedObject;
    expect(sealed.properties.a).toBe(sealed);
    const vector = decode("10 03 00 01 1000") as Vector;
    expect(vector.items[0]).toBe(vector);
    const dictionary = decode("11 03 00 1100 1100") as Dictionary;
    expect(dictionary.entries[0]).toEqual([dictionary, dictionary]);
    const collection = decode(`0a 07 ${COLLECTION} 0a00`) as Externalizable;
    expect(collection.value).toBe(collection);
  });

  test("members are numbered after what holds them", () => {
    const [outer, inner] = decodeAll("09 03 01 090101  0902") as [AmfValue[], AmfValue];
    expect(inner).toBe(outer[0]);
  });

  test("a reference to nothing breaks the protocol", () => {
    expect(() => decode("0a 00")).toThrow(failure("AMF_REFERENCE_INVALID"));
    expect(() => decode("0a 01")).toThrow(failure("AMF_REFERENCE_INVALID"));
  });
});

describe("objects and arrays", () => {
  test("an object has sealed members in order, then dynamic ones", () => {
    expect(decode(`0a 2b ${text("P")} ${text("x")} ${text("y")} 0401 0402 ${text("z")} 0403 01`)).toEqual(
      new TypedObject("P", { x: 1, y: 2, z: 3 }, { sealed: ["x", "y"], dynamic: true }),
    );
  });

  test("an object that is not dynamic ends with its sealed members", () => {
    expect(decodeAll(`0a 13 ${text("P")} ${text("x")} 0401 03`)).toEqual([
      new TypedObject("P", { x: 1 }, { sealed: ["x"], dynamic: false }),
      true,
    ]);
  });

  test("an object without a class name is an object, whatever its traits", () => {
    expect(decode(`0a 13 01 ${text("x")} 0401`)).toEqual({ x: 1 });
  });

  test("traits can be referred to, those of an externalizable too", () => {
    expect(
      decodeAll(`0a 07 ${COLLECTION} 01  0a 13 ${text("P")} ${text("x")} 0401  0a 05 0402  0a 01 03`),
    ).toEqual([
      new Externalizable("flex.messaging.io.ArrayCollection", null),
      new TypedObject("P", { x: 1 }, { sealed: ["x"], dynamic: false }),
      new TypedObject("P", { x: 2 }, { sealed: ["x"], dynamic: false }),
      new Externalizable("flex.messaging.io.ArrayCollection", true),
    ]);
  });

  test("an array with keys is an ECMA array and its dense part has indexes for keys", () => {
    expect(decode(`09 05 ${text("a")} 03 01 0401 0402`)).toEqual(new EcmaArray({ 0: 1, 1: 2, a: true }));
  });

  test("the key __proto__ is a key like any other", () => {
    const object = decode(`0a 0b 01 ${text("__proto__")} 03 01`) as AmfObject;
    expect(Object.keys(object)).toEqual(["__proto__"]);
  });

  test("a class that writes itself in a way of its own cannot be read", () => {
    expect(() => decode(`0a 07 ${text("DSK")} 00`)).toThrow(failure("AMF_MARKER_UNKNOWN"));
  });
});

describe("vectors and dictionaries", () => {
  test("the elements of a vector of numbers have 4 or 8 bytes", () => {
    expect(decodeAll("0d 03 01 ffffffff  0e 03 00 ffffffff  0f 03 00 3ff8000000000000")).toEqual([
      new Vector("int", [-1], true),
      new Vector("uint", [0xffffffff]),
      new Vector("double", [1.5]),
    ]);
  });

  test("a vector of objects names its type", () => {
    expect(decode(`10 05 01 ${text("P")} 01 0401`)).toEqual(new Vector("object", [null, 1], true, "P"));
  });

  test("a dictionary has values for keys", () => {
    expect(decode(`11 05 01 0401 03 0a0b0101 02`)).toEqual(
      new Dictionary(
        [
          [1, true],
          [{}, false],
        ],
        true,
      ),
    );
  });
});

describe("limits", () => {
  test.each([
    ["09 ffffffff 01", "array"],
    ["06 ffffffff", "string"],
    ["0c ffffffff", "ByteArray"],
    ["0d 05 00 00000000", "Vector of int"],
    ["0f 05 00 00000000 00000000", "Vector of double"],
    ["10 ffffffff 00 01", "Vector of objects"],
    ["11 05 00 0101", "Dictionary"],
    ["0a ffffff f3 01", "class with sealed members"],
  ])("%s, a length beyond the end, is refused before anything is made for it: %s", (digits) => {
    expect(() => decode(digits)).toThrow(failure("AMF_TRUNCATED"));
  });

  test("values nest as deep as the limit and not deeper, whatever they nest in", () => {
    const wrappers = ["090301", `0a0b01${text("a")}`, "10030001", "110300", `0a07${COLLECTION}`];
    for (const wrapper of wrappers) {
      expect(() => decode(`${wrapper.repeat(33)} 01`)).toThrow(failure("AMF_DEPTH_EXCEEDED"));
      expect(() => decode(wrapper.repeat(32))).toThrow(failure("AMF_TRUNCATED"));
    }
    expect(decode(`${"090301".repeat(32)} 01`)).toHaveLength(1);
  });

  test("members, entries, the items of a vector and the names a class declares all count as values", () => {
    const limits = { maxDepth: 4, maxValues: 3 };
    expect(decodeAll("090501 0101", limits)).toEqual([[null, null]]);
    expect(decodeAll("0d 05 00 00000000 00000000", limits)).toHaveLength(1);
    for (const digits of [
      "090701 010101",
      "0d 07 00 00000000 00000000 00000000",
      "11 05 00 01010101",
      `0a 23 01 ${text("a")} ${text("b")} 0101`,
    ]) {
      expect(() => decodeAll(digits, limits)).toThrow(failure("AMF_SIZE_EXCEEDED"));
    }
  });

  test.each(["12", "7f", "ff"])("the marker %s is not that of a value", (marker) => {
    expect(() => decode(`${marker} 01`)).toThrow(failure("AMF_MARKER_UNKNOWN"));
  });
});
