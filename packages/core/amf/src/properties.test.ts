import { deepStrictEqual } from "node:assert/strict";
import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import fc, { type Arbitrary } from "fast-check";
import { describe, expect, test } from "vitest";
import { Amf0Decoder, decodeAmf0Values } from "./amf0-decoder.ts";
import { encodeAmf0Values } from "./amf0-encoder.ts";
import { Amf3Decoder } from "./amf3-decoder.ts";
import { writeAmf3 } from "./amf3-encoder.ts";
import type { AmfLimits } from "./limits.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  Dictionary,
  EcmaArray,
  Externalizable,
  isAmfObject,
  TypedObject,
  Unsupported,
  Vector,
  Xml,
  XmlDocument,
} from "./values.ts";

/** Well-formed text: what UTF-8 cannot express does not survive it. */
const text = fc.string({ unit: "binary", maxLength: 12 });
const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint = fc.nat(0xffffffff);
const arrayOf = <T>(item: Arbitrary<T>): Arbitrary<T[]> => fc.array(item, { maxLength: 4 });

const scalar: Arbitrary<AmfValue> = fc.oneof(
  fc.constantFrom<AmfValue>(undefined, null, true, false),
  int,
  fc.double(),
  text,
  text.map((value) => new XmlDocument(value)),
  text.map((value) => new Xml(value)),
  fc.double().map((timeMs) => new AmfDate(timeMs)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Uint8Array.from(bytes)),
  fc.tuple(arrayOf(int), fc.boolean()).map(([items, fixed]) => new Vector("int", items, fixed)),
  fc.tuple(arrayOf(uint), fc.boolean()).map(([items, fixed]) => new Vector("uint", items, fixed)),
  fc.tuple(arrayOf(fc.double()), fc.boolean()).map(([items, fixed]) => new Vector("double", items, fixed)),
);

/** Values that are the same after AMF0 only. */
const amf0Scalar: Arbitrary<AmfValue> = fc.oneof(
  fc.constant<AmfValue>(Unsupported),
  fc
    .tuple(fc.double(), fc.integer({ min: -720, max: 720 }))
    .map(([timeMs, zone]) => new AmfDate(timeMs, zone)),
);

function objectOf(key: Arbitrary<string>, value: Arbitrary<AmfValue>, minLength = 0): Arbitrary<AmfObject> {
  const entries = fc.uniqueArray(fc.tuple(key, value), { minLength, maxLength: 4, selector: ([key]) => key });
  return entries.map((pairs) => {
    const object: AmfObject = Object.create(null);
    for (const [key, value] of pairs) object[key] = value;
    return object;
  });
}

/** Values that hold values and that only AMF3 can write. */
function amf3Container(value: Arbitrary<AmfValue>): Arbitrary<AmfValue> {
  const pair: Arbitrary<[AmfValue, AmfValue]> = fc.tuple(value, value);
  const declared = fc.tuple(name, objectOf(text, value, 1)).map(([className, properties]) => {
    return new TypedObject(className, properties, { sealed: Object.keys(properties), dynamic: false });
  });
  const dynamic = fc.tuple(name, objectOf(name, value, 2)).map(([className, properties]) => {
    return new TypedObject(className, properties, {
      sealed: Object.keys(properties).slice(1),
      dynamic: true,
    });
  });
  return fc.oneof(
    declared,
    dynamic,
    fc
      .tuple(arrayOf(value), fc.boolean(), text)
      .map(([items, fixed, type]) => new Vector("object", items, fixed, type)),
    fc.tuple(arrayOf(pair), fc.boolean()).map(([entries, weakKeys]) => new Dictionary(entries, weakKeys)),
    fc
      .tuple(fc.constantFrom("ArrayCollection", "ObjectProxy", "SerializationProxy"), value)
      .map(([className, inner]) => new Externalizable(`flex.messaging.io.${className}`, inner)),
  );
}

function typedObject(value: Arbitrary<AmfValue>): Arbitrary<AmfValue> {
  return fc
    .tuple(name, objectOf(name, value))
    .map(([className, properties]) => new TypedObject(className, properties));
}

const { amf0Value, amf3Value } = fc.letrec<{ amf0Value: AmfValue; amf3Value: AmfValue }>((tie) => {
  const amf0 = tie("amf0Value");
  const amf3 = tie("amf3Value");
  return {
    amf3Value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scalar,
      arrayOf(amf3),
      objectOf(text, amf3),
      objectOf(name, amf3, 1).map((properties) => new EcmaArray(properties)),
      typedObject(amf3),
      amf3Container(amf3),
    ),
    amf0Value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(scalar, amf0Scalar),
      arrayOf(amf0),
      objectOf(text, amf0),
      objectOf(text, amf0).map((properties) => new EcmaArray(properties)),
      typedObject(amf0),
      amf3Container(amf3),
    ),
  };
});

const message = fc.array(amf0Value, { maxLength: 4 });

function encodeAmf3Values(values: readonly AmfValue[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writeAmf3(writer, value);
  return writer.finish();
}

function decodeAmf3Values(bytes: Uint8Array, limits?: AmfLimits): AmfValue[] {
  const decoder = new Amf3Decoder(new ByteReader(bytes, "AMF_TRUNCATED"), limits);
  const values: AmfValue[] = [];
  while (decoder.position < bytes.length) values.push(decoder.read());
  return values;
}

/** The decoded values, or undefined when decoding ended in the one error that bytes may cause. */
function outcome(decode: () => AmfValue[]): AmfValue[] | undefined {
  try {
    return decode();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as ProtocolError).code).toMatch(/^AMF_/);
    return undefined;
  }
}

describe("what was encoded decodes to the same", () => {
  test("in AMF0, with AMF3 for the types it lacks", () => {
    fc.assert(
      fc.property(message, (values) => {
        deepStrictEqual(decodeAmf0Values(encodeAmf0Values(values)), values);
      }),
    );
  });

  test("in AMF3", () => {
    fc.assert(
      fc.property(fc.array(amf3Value, { maxLength: 4 }), (values) => {
        deepStrictEqual(decodeAmf3Values(encodeAmf3Values(values)), values);
      }),
    );
  });

  test("one value at a time, each ending where the next begins", () => {
    fc.assert(
      fc.property(message, (values) => {
        const decoder = new Amf0Decoder(new ByteReader(encodeAmf0Values(values)));
        for (const [index, value] of values.entries()) {
          deepStrictEqual(decoder.read(), value);
          expect(decoder.position).toBe(encodeAmf0Values(values.slice(0, index + 1)).length);
        }
      }),
    );
  });
});

describe("damaged and hostile input", () => {
  test("a message that is cut off decodes to fewer values or breaks the protocol, nothing else", () => {
    fc.assert(
      fc.property(message, fc.nat(), (values, at) => {
        const bytes = encodeAmf0Values(values);
        const cut = bytes.subarray(0, at % (bytes.length + 1));
        const decoded = outcome(() => decodeAmf0Values(cut)) ?? [];
        // A value that was there in full is as it was; only the last one may have lost its end.
        const whole = decoded.slice(0, -1);
        deepStrictEqual(whole, values.slice(0, whole.length));
      }),
    );
  });

  test("an AMF3 value that is cut off always breaks the protocol", () => {
    fc.assert(
      fc.property(amf3Value, fc.nat(), (value, at) => {
        const bytes = encodeAmf3Values([value]);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(outcome(() => [new Amf3Decoder(new ByteReader(cut, "AMF_TRUNCATED")).read()])).toBeUndefined();
      }),
    );
  });

  test("random bytes decode or break the protocol, nothing else", () => {
    const bytes = fc.uint8Array({ maxLength: 64 });
    const markers = fc.array(fc.nat(0x12), { maxLength: 64 }).map((values) => Uint8Array.from(values));
    fc.assert(
      fc.property(fc.oneof(bytes, markers), (input) => {
        outcome(() => decodeAmf0Values(input));
        outcome(() => decodeAmf3Values(input));
      }),
      { numRuns: 1000 },
    );
  });

  const damaged = fc
    .tuple(message, fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 3 }))
    .map(([values, changes]) => {
      const bytes = encodeAmf0Values(values);
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });

  test("what a damaged message decodes to encodes again, unless it contains itself", () => {
    const generous = { maxDepth: 128, maxValues: 1_000_000 };
    fc.assert(
      fc.property(damaged, (bytes) => {
        const decoded = outcome(() => decodeAmf0Values(bytes));
        if (decoded === undefined || containsItself(decoded, [])) return;
        deepStrictEqual(decodeAmf0Values(encodeAmf0Values(decoded), generous), decoded);
      }),
      { numRuns: 500 },
    );
  });

  test("no message gives more values than its limit", () => {
    const limits = { maxDepth: 8, maxValues: 6 };
    fc.assert(
      fc.property(damaged, (bytes) => {
        const decoded = outcome(() => decodeAmf0Values(bytes, limits));
        if (decoded !== undefined) expect(countValues(decoded, new Set())).toBeLessThanOrEqual(6);
      }),
      { numRuns: 500 },
    );
  });
});

/** The values a value holds, or undefined for one that cannot hold any. */
function held(value: AmfValue): AmfValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (isAmfObject(value)) return Object.values(value);
  if (value instanceof EcmaArray || value instanceof TypedObject) return Object.values(value.properties);
  if (value instanceof Vector) return value.items;
  if (value instanceof Dictionary) return value.entries.flat();
  return value instanceof Externalizable ? [value.value] : undefined;
}

function containsItself(value: AmfValue, path: readonly AmfValue[]): boolean {
  const inner = held(value);
  if (inner === undefined) return false;
  return path.includes(value) || inner.some((item) => containsItself(item, [...path, value]));
}

/** How many values there are, each counted once however often it is referred to. */
function countValues(values: readonly AmfValue[], seen: Set<AmfValue>): number {
  let count = 0;
  for (const value of values) {
    const inner = held(value);
    if (inner !== undefined && seen.has(value)) continue;
    seen.add(value);
    count += 1 + countValues(inner ?? [], seen);
  }
  return count;
}
