import { deepStrictEqual } from "node:assert/strict";
import {
  Amf3Decoder,
  AmfDate,
  type AmfObject,
  type AmfValue,
  Dictionary,
  decodeAmf0Values,
  EcmaArray,
  Externalizable,
  encodeAmf0Values,
  propertiesOf,
  TypedObject,
  Unsupported,
  Vector,
  writeAmf3,
  Xml,
  XmlDocument,
} from "@headgate/amf";
import { ByteReader, ByteWriter } from "@headgate/bytes";
import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";

/** What a value is on the wire: both directions must agree on every row. */
type WireVector = readonly [what: string, digits: string, value: AmfValue];

/** Properties as they decode: an object without a prototype. */
function object(properties: AmfObject): AmfObject {
  return Object.assign(Object.create(null), properties);
}

function encodeAmf3(value: AmfValue): Uint8Array {
  const writer = new ByteWriter();
  writeAmf3(writer, value);
  return writer.finish();
}

function decodeAmf3(digits: string): AmfValue {
  const reader = new ByteReader(hex(digits));
  const value = new Amf3Decoder(reader).read();
  expect(reader.remaining).toBe(0);
  return value;
}

describe("AMF0 §2", () => {
  const vectors: readonly WireVector[] = [
    ["number", "00 3ff8000000000000", 1.5],
    ["number, negative zero", "00 8000000000000000", -0],
    ["number, not a number", "00 7ff8000000000000", Number.NaN],
    ["number, negative infinity", "00 fff0000000000000", Number.NEGATIVE_INFINITY],
    ["false", "01 00", false],
    ["true", "01 01", true],
    ["string", "02 0004 6c697665", "live"],
    ["empty string", "02 0000", ""],
    ["UTF-8 of one to four bytes", "02 000a 61 c3a9 e282ac f09f8eac", "aé€🎬"],
    ["object", "03 0001 61 00 3ff0000000000000 000009", object({ a: 1 })],
    ["empty object", "03 000009", object({})],
    ["null", "05", null],
    ["undefined", "06", undefined],
    ["ECMA array", "08 00000001 0001 61 05 000009", new EcmaArray(object({ a: null }))],
    ["strict array, without an end marker", "0a 00000002 05 0101", [null, true]],
    ["date", "0b 4271f71fb04cb000 0000", new AmfDate(1_234_567_890_123)],
    ["date with a time zone", "0b 0000000000000000 ffc4", new AmfDate(0, -60)],
    ["unsupported", "0d", Unsupported],
    ["XML document", "0f 00000004 3c612f3e", new XmlDocument("<a/>")],
    ["typed object", "10 0001 50 0001 78 05 000009", new TypedObject("P", object({ x: null }))],
    ["AMF3 value", "11 0c 03 ff", Uint8Array.of(0xff)],
    ["AMF3 value in an AMF0 object", "03 0001 61 11 0b 09 3c612f3e 000009", object({ a: new Xml("<a/>") })],
  ];

  test.each(vectors)("%s is read: %s", (_, digits, value) => {
    deepStrictEqual(decodeAmf0Values(hex(digits)), [value]);
  });

  test.each(vectors)("%s is written: %s", (_, digits, value) => {
    expect(encodeAmf0Values([value])).toEqual(hex(digits));
  });

  test("a long string is one of more than 65,535 bytes", () => {
    const long = "é".repeat(40_000);
    const bytes = encodeAmf0Values([long]);
    expect(bytes.subarray(0, 7)).toEqual(hex("0c 00013880 c3a9"));
    expect(decodeAmf0Values(bytes)).toEqual([long]);
  });
});

describe("AMF3 §1.3.1, the integer of up to 29 bits", () => {
  const vectors: readonly WireVector[] = [
    ["0", "04 00", 0],
    ["0x7f", "04 7f", 0x7f],
    ["0x80", "04 81 00", 0x80],
    ["0x3fff", "04 ff 7f", 0x3fff],
    ["0x4000", "04 81 80 00", 0x4000],
    ["0x1fffff", "04 ff ff 7f", 0x1fffff],
    ["0x200000", "04 80 c0 80 00", 0x200000],
    ["the greatest, 2^28 - 1", "04 bf ff ff ff", 2 ** 28 - 1],
    ["the least, -2^28", "04 c0 80 80 00", -(2 ** 28)],
    ["-1", "04 ff ff ff ff", -1],
    ["2^28, which is a double", "05 41b0000000000000", 2 ** 28],
    ["-2^28 - 1, which is a double", "05 c1b0000001000000", -(2 ** 28) - 1],
  ];

  test.each(vectors)("%s is read: %s", (_, digits, value) => {
    expect(decodeAmf3(digits)).toBe(value);
  });

  test.each(vectors)("%s is written: %s", (_, digits, value) => {
    expect(encodeAmf3(value)).toEqual(hex(digits));
  });
});

describe("AMF3 §3", () => {
  const vectors: readonly WireVector[] = [
    ["undefined", "00", undefined],
    ["null", "01", null],
    ["false", "02", false],
    ["true", "03", true],
    ["double", "05 3ff8000000000000", 1.5],
    ["negative zero", "05 8000000000000000", -0],
    ["not a number", "05 7ff8000000000000", Number.NaN],
    ["string", "06 09 6c697665", "live"],
    ["empty string", "06 01", ""],
    ["XML document", "07 09 3c612f3e", new XmlDocument("<a/>")],
    ["date", "08 01 4271f71fb04cb000", new AmfDate(1_234_567_890_123)],
    ["dense array", "09 05 01 04 01 02", [1, false]],
    ["array with a key", "09 03 03 61 03 01 04 01", new EcmaArray(object({ 0: 1, a: true }))],
    ["anonymous object", "0a 0b 01 03 61 04 01 01", object({ a: 1 })],
    ["empty object", "0a 0b 01 01", object({})],
    ["typed dynamic object", "0a 0b 03 50 03 78 01 01", new TypedObject("P", object({ x: null }))],
    [
      "typed object with sealed members",
      "0a 23 03 50 03 78 03 79 04 01 04 02",
      new TypedObject("P", object({ x: 1, y: 2 }), { sealed: ["x", "y"], dynamic: false }),
    ],
    [
      "ArrayCollection",
      "0a 07 43 666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e 09 03 01 03",
      new Externalizable("flex.messaging.io.ArrayCollection", [true]),
    ],
    ["E4X XML", "0b 09 3c612f3e", new Xml("<a/>")],
    ["ByteArray", "0c 07 000102", Uint8Array.of(0, 1, 2)],
    ["Vector of int", "0d 05 00 ffffffff 7fffffff", new Vector("int", [-1, 0x7fffffff])],
    ["fixed Vector of uint", "0e 03 01 ffffffff", new Vector("uint", [0xffffffff], true)],
    ["Vector of double", "0f 03 00 3ff8000000000000", new Vector("double", [1.5])],
    ["Vector of objects", "10 03 00 03 50 01", new Vector("object", [null], false, "P")],
    ["Dictionary", "11 03 01 06 03 61 04 01", new Dictionary([["a", 1]], true)],
  ];

  test.each(vectors)("%s is read: %s", (_, digits, value) => {
    deepStrictEqual(decodeAmf3(digits), value);
  });

  test.each(vectors)("%s is written: %s", (_, digits, value) => {
    expect(encodeAmf3(value)).toEqual(hex(digits));
  });

  test("a reference stands for what came before it, and is never written", () => {
    const value = decodeAmf3("09 07 01  0a 0b 01 03 61 06 03 62 01  0a 02  06 02");
    deepStrictEqual(value, [object({ a: "b" }), object({ a: "b" }), "b"]);
    expect(encodeAmf3(value)).toEqual(
      hex("09 07 01  0a 0b 01 03 61 06 03 62 01  0a 0b 01 03 61 06 03 62 01  06 03 62"),
    );
  });
});

/** Payloads as the programs named sent them: what was read, written again, is the same bytes. */
describe("messages of real clients", () => {
  const CONNECT_FFMPEG = `
    02 0007 636f6e6e656374
    00 3ff0000000000000
    03 0003 617070 02 0004 6c697665
       0004 74797065 02 000a 6e6f6e70726976617465
       0008 666c617368566572 02 0024 464d4c452f332e302028636f6d70617469626c653b204c61766635392e32372e31303029
       0005 746355726c 02 001b 72746d703a2f2f3132372e302e302e313a31393335352f6c697665
    000009`;

  test("connect of ffmpeg 5.1, publishing", () => {
    const values = decodeAmf0Values(hex(CONNECT_FFMPEG));
    deepStrictEqual(values, [
      "connect",
      1,
      object({
        app: "live",
        type: "nonprivate",
        flashVer: "FMLE/3.0 (compatible; Lavf59.27.100)",
        tcUrl: "rtmp://127.0.0.1:19355/live",
      }),
    ]);
    expect(encodeAmf0Values(values)).toEqual(hex(CONNECT_FFMPEG));
  });

  const CONNECT_LIBRTMP = `
    02 0007 636f6e6e656374
    00 3ff0000000000000
    03 0003 617070 02 0004 6c697665
       0008 666c617368566572 02 000e 4c4e582031302c302c33322c3138
       0005 746355726c 02 001b 72746d703a2f2f3132372e302e302e313a31393335352f6c697665
       0004 66706164 01 00
       000c 6361706162696c6974696573 00 402e000000000000
       000b 617564696f436f64656373 00 40a8ee0000000000
       000b 766964656f436f64656373 00 406f800000000000
       000d 766964656f46756e6374696f6e 00 3ff0000000000000
    000009
    01 01
    02 0005 68656c6c6f
    03 0004 636f6465 00 3ff3ae147ae147ae 0004 666c6167 02 0002 6f6b 000009`;

  test("connect of rtmpdump 2.4 with arguments: -C B:1 -C S:hello -C O:1 -C NN:code:1.23 -C NS:flag:ok -C O:0", () => {
    const values = decodeAmf0Values(hex(CONNECT_LIBRTMP));
    deepStrictEqual(values, [
      "connect",
      1,
      object({
        app: "live",
        flashVer: "LNX 10,0,32,18",
        tcUrl: "rtmp://127.0.0.1:19355/live",
        fpad: false,
        capabilities: 15,
        audioCodecs: 3191,
        videoCodecs: 252,
        videoFunction: 1,
      }),
      true,
      "hello",
      object({ code: 1.23, flag: "ok" }),
    ]);
    expect(encodeAmf0Values(values)).toEqual(hex(CONNECT_LIBRTMP));
  });

  const METADATA_FFMPEG = `
    02 000a 6f6e4d65746144617461
    08 0000000d
       0008 6475726174696f6e 00 3ff0000000000000
       0005 7769647468 00 4050000000000000
       0006 686569676874 00 4050000000000000
       000d 766964656f6461746172617465 00 40686a0000000000
       0009 6672616d6572617465 00 4014000000000000
       000c 766964656f636f6465636964 00 4000000000000000
       000d 617564696f6461746172617465 00 4085888000000000
       000f 617564696f73616d706c6572617465 00 40e5888000000000
       000f 617564696f73616d706c6573697a65 00 4030000000000000
       0006 73746572656f 01 00
       000c 617564696f636f6465636964 00 4008000000000000
       0007 656e636f646572 02 000d 4c61766635392e32372e313030
       0008 66696c6573697a65 00 40f6f77000000000
    000009`;

  test("onMetaData of ffmpeg 5.1", () => {
    const values = decodeAmf0Values(hex(METADATA_FFMPEG));
    deepStrictEqual(values, [
      "onMetaData",
      new EcmaArray(
        object({
          duration: 1,
          width: 64,
          height: 64,
          videodatarate: 195.3125,
          framerate: 5,
          videocodecid: 2,
          audiodatarate: 689.0625,
          audiosamplerate: 44_100,
          audiosamplesize: 16,
          stereo: false,
          audiocodecid: 3,
          encoder: "Lavf59.27.100",
          filesize: 94_071,
        }),
      ),
    ]);
    expect(encodeAmf0Values(values)).toEqual(hex(METADATA_FFMPEG));
  });

  test("the same metadata with a count of 0, and without its end marker", () => {
    const values = decodeAmf0Values(hex(METADATA_FFMPEG));
    const uncounted = METADATA_FFMPEG.replace("08 0000000d", "08 00000000");
    const endless = METADATA_FFMPEG.replace(/000009$/, "");
    deepStrictEqual(decodeAmf0Values(hex(uncounted)), values);
    deepStrictEqual(decodeAmf0Values(hex(endless)), values);
  });

  test("the keyframe index of ffmpeg 5.1, an object of strict arrays", () => {
    const index = `
      03 000d 66696c65706f736974696f6e73 0a 00000002 00 4081b00000000000 00 40ac3c0000000000
         0005 74696d6573 0a 00000002 00 0000000000000000 00 3fd999999999999a
      000009`;
    const values = [object({ filepositions: [566, 3614], times: [0, 0.4] })];
    deepStrictEqual(decodeAmf0Values(hex(index)), values);
    expect(encodeAmf0Values(values)).toEqual(hex(index));
  });
});

describe("commands of an AMF3 connection, after the format byte", () => {
  test("arguments may be AMF0 or AMF3 at every place and share one set of tables", () => {
    const [name, transaction, object, ...rest] = decodeAmf0Values(
      hex(
        `02 0004 63616c6c  11 04 02  05  11 0a 0b 01 03 61 06 03 62 01  11 06 02  00 3ff0000000000000  11 0a 00`,
      ),
    );
    expect([name, transaction, object]).toEqual(["call", 2, null]);
    expect(rest).toEqual([{ a: "b" }, "b", 1, { a: "b" }]);
    expect(rest[3]).toBe(rest[0]);
  });

  test("the properties of an object are found whichever kind of object it is", () => {
    for (const digits of [
      "03 0001 61 05 000009",
      "08 00000000 0001 61 05 000009",
      "11 0a 0b 01 03 61 01 01",
    ]) {
      expect(propertiesOf(decodeAmf0Values(hex(digits))[0])).toEqual({ a: null });
    }
  });
});
