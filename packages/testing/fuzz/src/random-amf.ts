import {
  AmfDate,
  type AmfValue,
  Dictionary,
  EcmaArray,
  Externalizable,
  encodeAmf0Values,
  TypedObject,
  Unsupported,
  Vector,
  writeAmf3,
  Xml,
  XmlDocument,
} from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import type { Random } from "@headgate/testkit";

/** The AMF0 marker before a value in AMF3 (AMF0 §3.1). */
const AVMPLUS_MARKER = 0x11;

const NUMBERS = [0, -0, 1, 2, 3, -1, -2000, 0.5, 2 ** 28, -(2 ** 28), 2 ** 29, 2 ** 53, 1e308, Number.NaN];
const TEXTS = [
  "",
  "a",
  "live",
  "cam",
  "cam?key=value",
  "ä€😀",
  "\u0000",
  "x".repeat(200),
  "flv:cam",
  "../cam",
];
const KEYS = ["app", "tcUrl", "code", "level", "0", "length", "__proto__", "constructor", "toString"];

/** The depth of values. Mutations reach the limits as well. */
const MAX_DEPTH = 6;

/**
 * Bytes that our encoders never write: references (AMF0 §2.9, AMF3 §2.2), wrong counts, objects that contain
 * themselves, classes that are declared and used again.
 */
const PARTS: readonly Uint8Array[] = [
  [0x07, 0, 0],
  [0x07, 0, 1],
  [0x0a, 0xff, 0xff, 0xff, 0xff],
  [0x08, 0, 0, 0, 9, 0, 1, 0x61, 0x07, 0, 0, 0, 0, 9],
  [0x03, 0, 1, 0x61, 0x07, 0, 0, 0, 0, 9],
  [0x11, 0x0a, 0x00],
  [0x11, 0x09, 0x00],
  [0x11, 0x06, 0x00],
  [0x11, 0x0a, 0x0b, 0x01, 0x03, 0x61, 0x0a, 0x00, 0x01],
  [0x11, 0x09, 0x05, 0x01, 0x09, 0x00, 0x09, 0x00],
  [0x11, 0x0a, 0x13, 0x03, 0x41, 0x03, 0x61, 0x04, 0x01],
  [0x11, 0x0a, 0x01, 0x04, 0x02],
  [0x11, 0x0d, 0x09, 0x00, 0, 0, 0, 1],
  [0x11, 0x11, 0x05, 0x00, 0x0a, 0x00, 0x04, 0x01],
  [0x11, 0x09, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x11, 0x0c, 0x00],
].map((bytes) => Uint8Array.from(bytes));

/** Values of every type, in AMF0 with switches to AMF3, and with parts that our encoders never write. */
export function randomAmf0(random: Random): Uint8Array {
  const writer = new ByteWriter();
  for (let left = 1 + random.below(5); left > 0; left -= 1) appendValue(writer, random);
  return writer.finish();
}

/** Values in AMF3 alone. */
export function randomAmf3(random: Random): Uint8Array {
  const writer = new ByteWriter();
  for (let left = 1 + random.below(5); left > 0; left -= 1) {
    if (random.below(5) === 0)
      writer.raw(random.pick(PARTS.filter(([marker]) => marker === AVMPLUS_MARKER)).subarray(1));
    else writeAmf3(writer, randomValue(random));
  }
  return writer.finish();
}

/** A value, in AMF0 most of the time. */
export function appendValue(writer: ByteWriter, random: Random): void {
  const choice = random.below(10);
  if (choice === 0) writer.raw(random.below(2) === 0 ? random.pick(PARTS) : growingArray(random));
  else if (choice < 4) writeAmf3(writer.u8(AVMPLUS_MARKER), randomValue(random));
  else writer.raw(encodeAmf0Values([randomValue(random)]));
}

/**
 * An array whose last item is an array of the same kind, and whose other items refer to that one. Written out, each level
 * multiplies the values.
 */
function growingArray(random: Random): Uint8Array {
  const levels = 1 + random.below(10);
  const writer = new ByteWriter().u8(AVMPLUS_MARKER);
  const references = 1 + random.below(8);
  appendLevel(writer, levels, references, 0);
  return writer.finish();
}

/** AMF3 §3.11, §2.2: the number of items, no keys, an array, and references to it by its place in the table. */
function appendLevel(writer: ByteWriter, left: number, references: number, place: number): void {
  if (left === 0) {
    writeAmf3(writer, ["x".repeat(40)]);
    return;
  }
  writer
    .u8(AMF3_ARRAY)
    .u8((2 * (1 + references)) | 1)
    .u8(AMF3_NO_KEYS);
  appendLevel(writer, left - 1, references, place + 1);
  for (let i = 0; i < references; i += 1) writer.u8(AMF3_ARRAY).u8(2 * (place + 1));
}

const AMF3_ARRAY = 0x09;
const AMF3_NO_KEYS = 0x01;

function randomValue(random: Random, depth = 0): AmfValue {
  const make = random.pick(depth < MAX_DEPTH ? MAKERS : LEAVES);
  return make(random, depth + 1);
}

export function randomText(random: Random): string {
  return random.pick(TEXTS);
}

type Maker = (random: Random, depth: number) => AmfValue;

const LEAVES: readonly Maker[] = [
  (random) => random.pick([null, undefined, true, false, Unsupported]),
  (random) => random.pick([random.pick(NUMBERS), random.u32(), random.u32() / 7]),
  randomText,
  (random) => new AmfDate(random.u32(), random.below(720)),
  (random) => random.bytes(random.below(40)),
  (random) => random.pick([new Xml("<a/>"), new XmlDocument("<b/>")]),
];

const MAKERS: readonly Maker[] = [
  ...LEAVES,
  (random, depth) => properties(random, depth),
  (random, depth) => list(random, depth),
  (random, depth) => new EcmaArray(properties(random, depth)),
  (random, depth) =>
    new TypedObject(random.pick(["A", "flex.messaging.io.Other"]), properties(random, depth)),
  (random, depth) => new Externalizable("flex.messaging.io.ArrayCollection", randomValue(random, depth)),
  (random, depth) =>
    new Dictionary([[randomValue(random, depth), randomValue(random, depth)]], random.below(2) === 0),
  (random) => new Vector("int", [1, -1, random.below(1000)]),
  (random) => new Vector("double", [0.5, random.u32()], true),
  (random, depth) => new Vector("object", list(random, depth), false, "A"),
];

function properties(random: Random, depth: number): { [key: string]: AmfValue } {
  const entries = Array.from(
    { length: random.below(4) },
    () => [random.pick(KEYS), randomValue(random, depth)] as const,
  );
  return Object.fromEntries(entries);
}

function list(random: Random, depth: number): AmfValue[] {
  return Array.from({ length: random.below(5) }, () => randomValue(random, depth));
}
