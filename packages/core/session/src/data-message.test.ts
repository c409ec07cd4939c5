import {
  type AmfValue,
  DEFAULT_AMF_LIMITS,
  Dictionary,
  decodeAmf0Values,
  EcmaArray,
  encodeAmf0Values,
  writeAmf3,
} from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { type DataRequest, readData } from "./data-message.ts";
import { MAX_REWRITE_FACTOR } from "./limits.ts";
import { ScriptedPeer } from "./scripted-peer.test.helper.ts";

const METADATA = { width: 1920, height: 1080 };

function message(payload: Uint8Array, type: number = MessageType.dataAmf0): Message {
  return { type, timestamp: 40, messageStreamId: 1, payload };
}

function read(...values: AmfValue[]): DataRequest | undefined {
  return readData(message(encodeAmf0Values(values)), DEFAULT_AMF_LIMITS);
}

/** What a viewer is sent, and under which name it is kept. */
function relayed(request: DataRequest | undefined): { values: AmfValue[]; retain: string | undefined } {
  if (request?.kind !== "relay") throw new Error("the message is not for the viewers");
  expect(request.message).toMatchObject({ type: MessageType.dataAmf0, timestamp: 40, messageStreamId: 1 });
  return { values: decodeAmf0Values(request.message.payload), retain: request.retain };
}

/** An AMF3 data message: AMF0 behind a format selector, each further value as AMF3 behind the avmplus marker. */
function amf3(handler: string, ...values: AmfValue[]): Message {
  const writer = new ByteWriter().u8(0).raw(encodeAmf0Values([handler]));
  for (const value of values) writeAmf3(writer.u8(0x11), value);
  return message(writer.finish(), MessageType.dataAmf3);
}

/** An AMF3 array of two items, the second a reference to the first, which is such an array in turn, and so on. */
function nestedReferences(depth: number, index = 0): string {
  if (depth === 0) return "01";
  const reference = depth === 1 ? "01" : `09 ${(2 * (index + 1)).toString(16).padStart(2, "0")}`;
  return `09 05 01 ${nestedReferences(depth - 1, index + 1)} ${reference}`;
}

/** An AMF3 array of one long string and so many references to it. */
function sharedString(length: number, references: number): string {
  return `09 ${u29(references + 1)} 01 06 ${u29(length)} ${"61".repeat(length)} ${"0600".repeat(references)}`;
}

/** An AMF3 array of so many objects of a class with one member, all but the first of which refer to it for the name. */
function sharedTraits(nameLength: number, count: number): string {
  const name = `${u29(nameLength)} ${"61".repeat(nameLength)}`;
  return `09 ${u29(count)} 01 0a 13 01 ${name} 0401 ${"0a010401".repeat(count - 1)}`;
}

/** A length in AMF3, whose lowest bit says that it is no reference. */
function u29(length: number): string {
  const value = 2 * length + 1;
  const bytes = value < 0x80 ? [value] : [0x80 | (value >> 7), value & 0x7f];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An AMF3 data message with one value. */
function withValue(value: string): Message {
  const payload = Uint8Array.of(0, ...encodeAmf0Values(["onTextData"]), 0x11, ...hex(value));
  return message(payload, MessageType.dataAmf3);
}

describe("metadata", () => {
  it.each([[["@setDataFrame", "onMetaData"]], [["onMetaData"]]])(
    "under %o is relayed without the wrapper, and kept",
    (names) => {
      expect(relayed(read(...names, new EcmaArray(METADATA)))).toEqual({
        values: ["onMetaData", new EcmaArray(METADATA)],
        retain: "onMetaData",
      });
    },
  );

  it.each([[["@setDataFrame", "onMetaData"]], [["onMetaData"]]])(
    "under %o becomes an ECMA array with its count, which FFmpeg's player asks for",
    (names) => {
      const request = read(...names, METADATA);
      expect(request?.kind === "relay" && request.message.payload).toEqual(
        encodeAmf0Values(["onMetaData", new EcmaArray(METADATA)]),
      );
    },
  );

  it("keeps what follows the object", () => {
    const { values } = relayed(read("onMetaData", METADATA, "more", 1));
    expect(values).toEqual(["onMetaData", new EcmaArray(METADATA), "more", 1]);
  });

  it("counts keys such as __proto__ as any others", () => {
    const object = { ...METADATA, ["__proto__"]: 1, constructor: 2 };
    const { values } = relayed(read("onMetaData", object));
    expect(Object.keys((values[1] as EcmaArray).properties)).toEqual([
      "width",
      "height",
      "__proto__",
      "constructor",
    ]);
  });

  it("may break off without an end marker, which is then not counted", () => {
    const whole = encodeAmf0Values(["onMetaData", { width: 2 }]);
    const request = readData(message(whole.subarray(0, whole.length - 7)), DEFAULT_AMF_LIMITS);
    expect(request?.kind === "relay" && request.message.payload).toEqual(
      hex("02 000a 6f6e4d65746144617461 08 00000000 0005 7769647468 00 4000 0000"),
    );
  });

  it.each([[["@setDataFrame", "onMetaData"]], [["onMetaData"]]])("under %o may be empty", (names) => {
    expect(relayed(read(...names))).toEqual({ values: ["onMetaData"], retain: "onMetaData" });
  });

  it.each([[["@clearDataFrame", "onMetaData"]], [["@clearDataFrame"]], [["@clearDataFrame", 1]]])(
    "is forgotten by %o",
    (values) => {
      expect(read(...values)).toEqual({ kind: "clear", handler: "onMetaData" });
    },
  );

  it("may have values in front of its name, and of its wrapper", () => {
    const kept = { values: ["onMetaData", new EcmaArray(METADATA)], retain: "onMetaData" };
    expect(relayed(read(1, "onMetaData", METADATA))).toEqual(kept);
    expect(relayed(read(1, 2, "@setDataFrame", "onMetaData", METADATA))).toEqual(kept);
    expect(relayed(read("@setDataFrame", 3, "onMetaData", METADATA))).toEqual(kept);
  });

  it("is nothing with a name in AMF3 that refers to a value in front of it", () => {
    const [text, again] = ["11 06 09 63616c6c", "11 06 00"];
    expect(readData(message(hex(`00 0000000000000000 ${text}`)), DEFAULT_AMF_LIMITS)).toBeUndefined();
    expect(readData(message(hex(`11 09 03 01 06 09 63616c6c ${again}`)), DEFAULT_AMF_LIMITS)).toBeUndefined();
  });

  it.each([
    ["is cut short", hex("03 0005 7769647468 00 4000")],
    ["is no AMF", hex("eeee")],
    ["is a number cut short", hex("00 00")],
  ])("is relayed and not kept where its value %s", (_, value) => {
    for (const names of [["@setDataFrame", "onMetaData"], ["onMetaData"], ["@setDataFrame", "onCuePoint"]]) {
      const payload = Uint8Array.of(...encodeAmf0Values(names), ...value);
      const request = readData(message(payload), DEFAULT_AMF_LIMITS);
      expect(request).toMatchObject({ kind: "relay", handler: names.at(-1), retain: undefined });
    }
  });

  it("is kept though it is more than is read here, or has stray bytes behind it", () => {
    const index = encodeAmf0Values(["onMetaData", { times: Array(100).fill(1) }]);
    const stray = Uint8Array.of(...encodeAmf0Values(["onMetaData", METADATA]), 0xee);
    for (const payload of [index, stray]) {
      const limits = { ...DEFAULT_AMF_LIMITS, maxValues: 50 };
      expect(readData(message(payload), limits)).toMatchObject({ retain: "onMetaData" });
    }
  });

  it("under another name is kept under that name", () => {
    expect(relayed(read("@setDataFrame", "onCuePoint", { time: 1 }))).toEqual({
      values: ["onCuePoint", { time: 1 }],
      retain: "onCuePoint",
    });
    expect(read("@clearDataFrame", "onCuePoint")).toEqual({ kind: "clear", handler: "onCuePoint" });
  });
});

describe("NetStream.send", () => {
  it("is relayed byte for byte and not kept", () => {
    const payload = encodeAmf0Values(["onTextData", { text: "hello" }, 1, null]);
    expect(readData(message(payload), DEFAULT_AMF_LIMITS)).toEqual({
      kind: "relay",
      handler: "onTextData",
      message: message(payload),
      retain: undefined,
    });
  });

  it("may carry what this side cannot read", () => {
    const payload = Uint8Array.of(...encodeAmf0Values(["onImage"]), 0x7f, 1, 2);
    expect(readData(message(payload), DEFAULT_AMF_LIMITS)).toMatchObject({ message: { payload } });
  });

  it.each([[[]], [[1]], [[null]], [[""]], [["@setDataFrame"]], [["@setDataFrame", 1, {}]]])(
    "without a handler is nothing: %o",
    (values) => {
      expect(read(...values)).toBeUndefined();
    },
  );

  it.each([
    ["four bytes of a timecode", "00000000"],
    ["what is no AMF", "fffefd"],
    ["a name cut short", "02 00ff 61"],
    ["an empty name", "02 0000 00"],
    ["a wrapper and what is no AMF", "02 000d 40736574446174614672616d65 eeee"],
  ])("without a handler is nothing: %s", (_, body) => {
    for (const payload of [hex(body), Uint8Array.of(0, ...hex(body))]) {
      expect(readData(message(payload, MessageType.dataAmf3), DEFAULT_AMF_LIMITS)).toBeUndefined();
      expect(readData(message(payload), DEFAULT_AMF_LIMITS)).toBeUndefined();
    }
  });

  it.each([[[1]], [[1, 2, true, null]], [[""]], [[{ a: 1 }, [1]]]])(
    "loses the values in front of its handler: %o",
    (values) => {
      expect(relayed(read(...values, "onTextData", 5))).toEqual({
        values: ["onTextData", 5],
        retain: undefined,
      });
    },
  );
});

describe("an AMF3 data message", () => {
  it("is relayed as AMF0", () => {
    expect(relayed(readData(amf3("onTextData", { text: "hi", at: [1] }), DEFAULT_AMF_LIMITS))).toEqual({
      values: ["onTextData", { text: "hi", at: [1] }],
      retain: undefined,
    });
  });

  it("loses only the format selector if it holds no AMF3", () => {
    const body = encodeAmf0Values(["onTextData", { text: "hi" }]);
    const request = readData(message(Uint8Array.of(0, ...body), MessageType.dataAmf3), DEFAULT_AMF_LIMITS);
    expect(request).toEqual({
      kind: "relay",
      handler: "onTextData",
      message: message(body),
      retain: undefined,
    });
  });

  it("may lack the format selector", () => {
    const body = encodeAmf0Values(["onTextData", "hi"]);
    expect(readData(message(body, MessageType.dataAmf3), DEFAULT_AMF_LIMITS)).toMatchObject({
      message: message(body),
    });
  });

  it("has its metadata rewritten as any other", () => {
    const writer = new ByteWriter().u8(0).raw(encodeAmf0Values(["@setDataFrame", "onMetaData"]));
    writeAmf3(writer.u8(0x11), METADATA);
    const request = readData(message(writer.finish(), MessageType.dataAmf3), DEFAULT_AMF_LIMITS);
    expect(relayed(request)).toEqual({
      values: ["onMetaData", new EcmaArray(METADATA)],
      retain: "onMetaData",
    });
  });

  it("keeps as AMF3 what AMF0 has no type for", () => {
    const dictionary = new Dictionary([[{ key: 1 }, "value"]]);
    const { values } = relayed(readData(amf3("onKeys", dictionary), DEFAULT_AMF_LIMITS));
    expect(values).toEqual(["onKeys", dictionary]);
  });

  it.each([
    ["contains itself", "0a 0b 01 03 61 0a 00 01"],
    ["is a thousand times as long without references", nestedReferences(20)],
    ["is a hundred times as long without references", nestedReferences(12)],
    ["refers to one long string again and again", sharedString(200, 400)],
    ["refers to one long member name again and again", sharedTraits(200, 300)],
  ])("is skipped if its value %s", (_, value) => {
    expect(readData(withValue(value), DEFAULT_AMF_LIMITS)).toBeUndefined();
  });

  it("may take many times its length without references, as lists of objects with long names do", () => {
    const original = withValue(sharedTraits(12, 100));
    const request = readData(original, DEFAULT_AMF_LIMITS);
    const { payload } = request?.kind === "relay" ? request.message : original;
    expect(payload.length).toBeGreaterThan(5 * original.payload.length);
    expect(payload.length).toBeLessThanOrEqual(MAX_REWRITE_FACTOR * original.payload.length);
  });

  it("may take a little, however short it is", () => {
    expect(readData(withValue(sharedString(30, 25)), DEFAULT_AMF_LIMITS)).toMatchObject({
      handler: "onTextData",
    });
  });

  it.each(["onTextData", "onMetaData"])(
    "%s is relayed as it is, and not kept, if it ends too early",
    (name) => {
      const { payload } = amf3(name, { text: "hi" });
      const cut = message(payload.subarray(0, payload.length - 2), MessageType.dataAmf3);
      expect(readData(cut, DEFAULT_AMF_LIMITS)).toEqual({
        kind: "relay",
        handler: name,
        message: message(payload.subarray(1, payload.length - 2)),
        retain: undefined,
      });
    },
  );

  it("is nothing if it is empty", () => {
    expect(readData(message(new Uint8Array(0), MessageType.dataAmf3), DEFAULT_AMF_LIMITS)).toBeUndefined();
    expect(readData(message(Uint8Array.of(0), MessageType.dataAmf3), DEFAULT_AMF_LIMITS)).toBeUndefined();
  });
});

describe("a publisher's data", () => {
  it("reaches the driver in order", () => {
    const peer = ScriptedPeer.publishing();
    peer.data(1, "@setDataFrame", "onMetaData", METADATA);
    peer.data(1, "onTextData", { text: "hi" });
    peer.data(1, "@clearDataFrame", "onMetaData");
    peer.data(1);
    expect(peer.events()).toMatchObject([
      { kind: "data", netStreamId: 1, retain: "onMetaData" },
      { kind: "data", netStreamId: 1, retain: undefined },
      { kind: "dataCleared", netStreamId: 1, handler: "onMetaData" },
    ]);
  });
});
