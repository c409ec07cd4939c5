import { deepStrictEqual } from "node:assert/strict";
import { ByteReader } from "@headgate/bytes";
import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { Amf0Decoder, decodeAmf0Values } from "./amf0-decoder.ts";
import { AmfDate, type AmfObject, EcmaArray, TypedObject } from "./values.ts";

const decode = (digits: string) => decodeAmf0Values(hex(digits));
const failure = (code: string) => expect.objectContaining({ name: "ProtocolError", code });

describe("objects and ECMA arrays", () => {
  test.each(["00000000", "00000001", "00000064", "ffffffff"])(
    "the count %s of an ECMA array is advisory",
    (count) => {
      expect(decode(`08 ${count} 0001 61 05 0001 62 05 000009 05`)).toEqual([
        new EcmaArray({ a: null, b: null }),
        null,
      ]);
    },
  );

  test("an object that ends with the message needs no end marker", () => {
    expect(decode("03 0001 61 05")).toEqual([{ a: null }]);
    expect(decode("08 00000001 0001 61 05")).toEqual([new EcmaArray({ a: null })]);
    expect(decode("10 0001 50 0001 61 05")).toEqual([new TypedObject("P", { a: null })]);
    expect(decode("03")).toEqual([{}]);
  });

  test("an object inside another one does need it", () => {
    expect(() => decode("03 0001 61 03 0001 62 05")).toThrow(failure("AMF_TRUNCATED"));
    expect(() => decode("0a 00000001 03 0001 62 05")).toThrow(failure("AMF_TRUNCATED"));
  });

  test("an empty key that is not followed by the end marker is a key", () => {
    expect(decode("03 0000 05 0001 61 06 000009 05")).toEqual([{ "": null, a: undefined }, null]);
    expect(() => decode("03 0000 0000 0000")).toThrow(failure("AMF_TRUNCATED"));
  });

  test("the end marker is only one after an empty key", () => {
    expect(() => decode("03 0001 61 09")).toThrow(failure("AMF_MARKER_UNKNOWN"));
    expect(() => decode("09")).toThrow(failure("AMF_MARKER_UNKNOWN"));
  });

  test("the last of several values for one key stays", () => {
    expect(decode("03 0001 61 05 0001 61 0101 000009")).toEqual([{ a: true }]);
  });

  test("the key __proto__ is a key like any other", () => {
    const [object] = decode("03 0009 5f5f70726f746f5f5f 03 0001 61 05 000009 000009") as [AmfObject];
    expect(Object.keys(object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(({} as AmfObject).a).toBeUndefined();
  });
});

describe("references", () => {
  test("objects, ECMA arrays, strict arrays and typed objects are numbered in the order they start", () => {
    const [typed, ...found] = decode(`
      10 0001 50
        0001 61 08 00000000 000009
        0001 62 0a 00000001 03 000009
      000009
      07 0000  07 0001  07 0002  07 0003`);
    const { a, b } = (typed as TypedObject).properties;
    expect(found[0]).toBe(typed);
    expect(found[1]).toBe(a);
    expect(found[2]).toBe(b);
    expect(found[3]).toBe((b as unknown[])[0]);
  });

  test("an object may hold itself", () => {
    const [object] = decode("03 0004 73656c66 07 0000 000009") as [AmfObject];
    expect(object.self).toBe(object);
    const [array] = decode("0a 00000001 07 0000") as [unknown[]];
    expect(array[0]).toBe(array);
  });

  test("dates, XML documents and AMF3 values are not numbered", () => {
    const [object] = decode(
      "0b 0000000000000000 0000  0f 00000000  11 0a0b0101  03 0001 61 07 0000 000009",
    ).slice(3) as [AmfObject];
    expect(object.a).toBe(object);
  });

  test("a reference to nothing breaks the protocol", () => {
    expect(() => decode("07 0000")).toThrow(failure("AMF_REFERENCE_INVALID"));
    expect(() => decode("03 000009 07 0001")).toThrow(failure("AMF_REFERENCE_INVALID"));
  });
});

describe("scalars", () => {
  test("any byte but 0 is true", () => {
    expect(decode("0100 0101 01ff")).toEqual([false, true, true]);
  });

  test("not a number, infinity and negative zero are numbers", () => {
    deepStrictEqual(decode("00 7ff8000000000000  00 fff0000000000000  00 8000000000000000"), [
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      -0,
    ]);
  });

  test("what is not UTF-8 is replaced, and a byte order mark is kept", () => {
    expect(decode("02 0003 61 ff 62")).toEqual(["a\ufffdb"]);
    expect(decode("02 0004 efbbbf 61")).toEqual(["\ufeffa"]);
  });

  test("a date has its time zone as a signed number of minutes", () => {
    expect(decode("0b 0000000000000000 ffc4")).toEqual([new AmfDate(0, -60)]);
  });

  test.each(["04", "0e", "12", "ff"])("the marker %s is not that of a value", (marker) => {
    expect(() => decode(`${marker} 00000000`)).toThrow(failure("AMF_MARKER_UNKNOWN"));
  });
});

describe("AMF3 values among AMF0 ones", () => {
  test("after one AMF3 value the message goes on in AMF0, at every place of a value", () => {
    expect(decode("11 04 01  02 0001 61  03 0001 61 11 0603 62 000009  0a 00000001 11 03")).toEqual([
      1,
      "a",
      { a: "b" },
      [true],
    ]);
  });

  test("they share one set of reference tables", () => {
    const [first, text, second] = decode("11 0a0b 01 03 61 0403 01  11 06 00  11 0a 00");
    expect(first).toEqual({ a: 3 });
    expect(text).toBe("a");
    expect(second).toBe(first);
  });

  test("an object inside an AMF3 value still ends at its own end", () => {
    expect(() => decode("11 0a0b 01 03 61 01")).toThrow(failure("AMF_TRUNCATED"));
  });
});

describe("limits", () => {
  const nest = (depth: number) => "0a00000001".repeat(depth);

  test("values nest as deep as the limit and not deeper, AMF3 ones counted with AMF0 ones", () => {
    expect(decode(`${nest(32)} 05`)).toHaveLength(1);
    expect(() => decode(`${nest(33)} 05`)).toThrow(failure("AMF_DEPTH_EXCEEDED"));
    expect(decode(`${nest(31)} 11 090301 01`)).toHaveLength(1);
    expect(() => decode(`${nest(32)} 11 090301 01`)).toThrow(failure("AMF_DEPTH_EXCEEDED"));
  });

  test("the depth is that of nesting, not the number of objects", () => {
    expect(decode("03 000009".repeat(100))).toHaveLength(100);
  });

  test("a message has as many values as the limit and not more", () => {
    const limits = { maxDepth: 4, maxValues: 5 };
    expect(decodeAmf0Values(hex("0a 00000003 050505 05"), limits)).toHaveLength(2);
    expect(() => decodeAmf0Values(hex("0a 00000003 050505 05 05"), limits)).toThrow(
      failure("AMF_SIZE_EXCEEDED"),
    );
    expect(() => decodeAmf0Values(hex("0a 00000003 050505 05 1101"), limits)).toThrow(
      failure("AMF_SIZE_EXCEEDED"),
    );
  });

  test("a length or count beyond the end is refused before anything is made for it", () => {
    expect(() => decode("0a ffffffff 05")).toThrow(failure("AMF_TRUNCATED"));
    expect(() => decode("0c ffffffff 61")).toThrow(failure("AMF_TRUNCATED"));
    expect(() => decode("0f 00000002 61")).toThrow(failure("AMF_TRUNCATED"));
    expect(() => decode("02 0002 61")).toThrow(failure("AMF_TRUNCATED"));
  });
});

describe("reading one value at a time", () => {
  test("the position is that of the first byte not yet read", () => {
    const decoder = new Amf0Decoder(new ByteReader(hex("02 0001 61  00 3ff0000000000000  05 05")));
    expect([decoder.read(), decoder.read(), decoder.position]).toEqual(["a", 1, 13]);
    expect(decoder.readRest()).toEqual([null, null]);
    expect(decoder.position).toBe(15);
  });

  test("others may read from the same reader in between, and say what its end is called", () => {
    const reader = new ByteReader(hex("0001 05 0002 0101"));
    const decoder = new Amf0Decoder(reader);
    expect([reader.u16(), decoder.read(), reader.u16(), decoder.read()]).toEqual([1, null, 2, true]);
    expect(() => decoder.read()).toThrow(failure("MESSAGE_TRUNCATED"));
  });
});
