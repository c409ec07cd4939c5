import { type AmfValue, decodeAmf0Values, EcmaArray, encodeAmf0Values, TypedObject } from "@headgate/amf";
import { type Message, MessageType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { acceptsConnect, connectRejection, rewriteConnect } from "./connect-message.ts";

const LIMITS = { maxDepth: 32, maxValues: 10_000 };

const TEXTS = { app: "other", tcUrl: "rtmp://origin/other", headgateVia: "0123456789ab" };

const END = [0, 0, 9];
const NULL = 5;
const reference = (index: number): number[] => [7, index >>> 8, index & 255];
const strictArray = (...items: readonly (readonly number[])[]): number[] => [
  ...[10, 0, 0, 0, items.length],
  ...items.flat(),
];
const member = (key: string, value: readonly number[]): number[] => [
  ...[0, key.length],
  ...Buffer.from(key),
  ...value,
];
const text = (value: string): number[] => [2, 0, value.length, ...Buffer.from(value)];

function message(payload: Uint8Array, type: number = MessageType.commandAmf0): Message {
  return { type, timestamp: 0, messageStreamId: 0, payload };
}

/** `connect` of a client that writes its object itself. */
function connectWith(...bytes: readonly (readonly number[])[]): Message {
  return message(Buffer.concat([encodeAmf0Values(["connect", 1]), Uint8Array.from(bytes.flat())]));
}

function connectOf(...values: readonly AmfValue[]): Message {
  return message(encodeAmf0Values(["connect", 1, ...values]));
}

const growth = Object.entries(TEXTS).reduce((sum, [key, value]) => sum + key.length + value.length + 5, 0);

describe("rewriteConnect", () => {
  it("gives the texts and leaves everything else, in its order", () => {
    const object = {
      app: "mine",
      flashVer: "F",
      tcUrl: "rtmp://edge/mine",
      audioCodecs: 3191,
      nested: { app: 1 },
    };
    const { payload } = rewriteConnect(connectOf(object, "more", [1]), TEXTS, LIMITS);
    const [name, transactionId, rewritten, ...more] = decodeAmf0Values(payload);
    expect([name, transactionId, more]).toEqual(["connect", 1, ["more", [1]]]);
    expect(Object.entries(rewritten as object)).toEqual([
      ["app", "other"],
      ["flashVer", "F"],
      ["tcUrl", "rtmp://origin/other"],
      ["audioCodecs", 3191],
      ["nested", expect.objectContaining({ app: 1 })],
      ["headgateVia", "0123456789ab"],
    ]);
  });

  it.each([
    ["an ECMA array", new EcmaArray({ app: "mine", x: 1 })],
    ["an object of a class", new TypedObject("Args", { app: "mine", x: 1 })],
  ])("leaves %s what it is", (_, object) => {
    const { payload } = rewriteConnect(connectOf(object), TEXTS, LIMITS);
    const rewritten = decodeAmf0Values(payload)[2] as EcmaArray;
    expect(rewritten.constructor).toBe(object.constructor);
    expect({ ...rewritten.properties }).toEqual({ ...TEXTS, x: 1 });
  });

  it("takes a message of type 17, and an object that the message ends without an end marker", () => {
    const whole = connectWith([3], member("app", text("mine")), member("x", [NULL]));
    const selected = message(Buffer.concat([Uint8Array.of(0), whole.payload]), MessageType.commandAmf3);
    for (const [connect, start] of [
      [whole, 0],
      [selected, 1],
    ] as const) {
      const { payload, type } = rewriteConnect(connect, TEXTS, LIMITS);
      expect(type).toBe(connect.type);
      expect({ ...(decodeAmf0Values(payload.subarray(start))[2] as object) }).toEqual({ ...TEXTS, x: null });
    }
  });

  it("takes a message without a transaction", () => {
    const { payload } = rewriteConnect(
      message(encodeAmf0Values(["connect", { app: "mine" }])),
      TEXTS,
      LIMITS,
    );
    expect({ ...(decodeAmf0Values(payload)[1] as object) }).toEqual(TEXTS);
  });

  it("leaves bytes behind the object that are no values", () => {
    const { payload } = rewriteConnect(
      connectWith([3], member("app", text("a")), END, [0xee]),
      TEXTS,
      LIMITS,
    );
    expect(payload.at(-1)).toBe(0xee);
  });

  it("says a property once that a client says twice", () => {
    const twice = connectWith([3], member("app", text("a")), member("app", text("b")), END);
    const { payload } = rewriteConnect(twice, TEXTS, LIMITS);
    expect(Buffer.from(payload).toString("latin1").split("\0\x03app").length).toBe(2);
  });

  it("keeps references: an object that contains itself, before and behind what is written anew", () => {
    const connect = connectWith(
      [3],
      member("me", reference(0)),
      member("app", text("mine")),
      member("list", strictArray([NULL])),
      member("again", reference(1)),
      END,
      reference(1),
    );
    const { payload } = rewriteConnect(connect, TEXTS, LIMITS);
    const [, , object, more] = decodeAmf0Values(payload) as [
      string,
      number,
      Record<string, AmfValue>,
      AmfValue,
    ];
    expect(object.me).toBe(object);
    expect(object.again).toBe(object.list);
    expect(more).toBe(object.list);
    expect(object.app).toBe("other");
  });

  it("grows by the texts alone, though references written out would double the values forty times", () => {
    const doubled = Array.from({ length: 40 }, (_, i) =>
      member(`level ${i}`, strictArray(reference(i), reference(i))),
    );
    const connect = connectWith([3], member("app", text("mine")), ...doubled, END);
    const { payload } = rewriteConnect(connect, TEXTS, LIMITS);
    expect(payload.length).toBeLessThanOrEqual(connect.payload.length + growth);
  });

  it("goes as deep as the limits it is given, and throws the peer's error beyond", () => {
    const deep = connectWith([3], member("app", text("mine")), member("d", nested(60)), END);
    expect(rewriteConnect(deep, TEXTS, { ...LIMITS, maxDepth: 64 }).payload.length).toBeGreaterThan(0);
    expect(() => rewriteConnect(deep, TEXTS, LIMITS)).toThrow(
      expect.objectContaining({ code: "AMF_DEPTH_EXCEEDED" }),
    );
  });

  it.each([
    ["no object", connectWith()],
    ["null", connectOf(null)],
    ["an object of AMF3", connectWith([0x11, 0x0a, 0x0b, 0x01, 0x01])],
    [
      "an object of AMF3 in place of the transaction's number",
      message(
        Uint8Array.of(...encodeAmf0Values(["connect"]), 0x11, 0x0a, 0x0b, 1, 1, ...encodeAmf0Values([{}])),
      ),
    ],
    ["an object for a text, which others may refer to", connectOf({ app: { x: 1 } })],
    ["an AMF3 value for a text", connectWith([3], member("app", [0x11, 0x04, 1]), END)],
  ])("refuses %s", (_, connect) => {
    expect(() => rewriteConnect(connect, TEXTS, LIMITS)).toThrow(
      expect.objectContaining({ code: "COMMAND_INVALID" }),
    );
  });
});

describe("acceptsConnect", () => {
  it("does without what follows the transaction's number", () => {
    for (const rest of [nested(60), [0xee], [0]]) {
      const reply = message(Buffer.concat([encodeAmf0Values(["_result", 1]), Uint8Array.from(rest)]));
      expect(acceptsConnect(reply, connectOf({}), LIMITS)).toBe(true);
    }
  });

  it.each([
    [["_result", 1, null, null], true],
    [["_result", 2, null, 1], false],
    [["_error", 1, null, null], false],
  ])("of %j is %o", (values, expected) => {
    expect(acceptsConnect(message(encodeAmf0Values(values)), connectOf({}), LIMITS)).toBe(expected);
  });

  it.each([
    [0, 0],
    ["3", 3],
    [7, 7],
    [0, 1],
  ])("knows the answer to transaction %o under the number %i", (sent, answered) => {
    const connect = message(encodeAmf0Values(["connect", sent, {}]));
    expect(acceptsConnect(message(encodeAmf0Values(["_result", answered])), connect, LIMITS)).toBe(true);
  });
});

describe("connectRejection", () => {
  it.each([
    [0, 0],
    [1, 1],
    ["1", 1],
  ])("answers transaction %o under the number %i", (sent, answered) => {
    const connect = message(encodeAmf0Values(["connect", sent, {}]));
    const { payload } = connectRejection(connect, "NetConnection.Connect.Failed", "No.", LIMITS);
    expect(decodeAmf0Values(payload).slice(0, 2)).toEqual(["_error", answered]);
  });
});

function nested(levels: number): number[] {
  return levels === 0 ? [NULL] : strictArray(nested(levels - 1));
}
