import { encodeAmf0Values } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { MessageType, UserControlType, userControl } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { ScriptedPeer } from "./scripted-peer.test.helper.ts";

const { streamBegin, pingRequest, pingResponse } = UserControlType;
const PROTOTYPE_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", ""];

/** The code of the ProtocolError that the action ends in. */
function errorOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

describe("connecting", () => {
  it("accepts with the window, the bandwidth, the chunk size, and then the result", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live" });
    expect(peer.connection.connected).toBe(false);
    peer.connection.acceptConnect();
    expect(peer.connection.connected).toBe(true);
    expect(peer.replies()).toEqual([
      ["windowAcknowledgementSize", 2_500_000],
      ["setPeerBandwidth", 2_500_000, 2],
      ["setChunkSize", 4096],
      ["userControl", streamBegin, 0],
      [
        0,
        "_result",
        1,
        { fmsVer: "FMS/3,5,7,7009", capabilities: 31, mode: 1 },
        {
          level: "status",
          code: "NetConnection.Connect.Success",
          description: "Connection succeeded.",
          objectEncoding: 0,
        },
      ],
      [0, "onBWDone", 0, null],
    ]);
  });

  it("answers connect in AMF0 and what follows in AMF3 messages if the client asked for object encoding 3", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live", objectEncoding: 3 });
    peer.connection.acceptConnect();
    peer.command(0, "createStream", 2, null);
    const commands = peer.outgoing().slice(4);
    expect(commands.map(({ type }) => type)).toEqual([
      MessageType.commandAmf0,
      MessageType.commandAmf3,
      MessageType.commandAmf3,
    ]);
    expect(commands.at(-1)?.payload).toEqual(Uint8Array.of(0, ...encodeAmf0Values(["_result", 2, null, 1])));
  });

  it.each([
    ["0", [0, { app: "live" }], 0],
    ["7", [7, { app: "live" }], 7],
    ["a text", ["1", { app: "live" }], 1],
    ["null", [null, { app: "live" }], 0],
    ["left out", [{ app: "live" }], 0],
  ])("is answered though the transaction's number is %s", (_, values, answered) => {
    for (const [answer, name] of [
      ["acceptConnect", "_result"],
      ["rejectConnect", "_error"],
    ] as const) {
      const peer = new ScriptedPeer();
      peer.command(0, "connect", ...values);
      expect(peer.events()).toMatchObject([{ request: { application: "live" } }]);
      peer.connection[answer]("NetConnection.Connect.Rejected", "");
      expect(peer.replies().find((reply) => reply[1] === name)?.[2]).toBe(answered);
    }
  });

  it("rejects with the code and the reason, and says nothing more", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "secret" });
    peer.connection.rejectConnect("NetConnection.Connect.InvalidApp", "No application secret.");
    peer.events();
    peer.command(0, "createStream", 2, null);
    peer.message(MessageType.audio, 1, Uint8Array.of(0xaf, 1));
    expect(peer.connection.connected).toBe(false);
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toEqual([
      [
        0,
        "_error",
        1,
        null,
        {
          level: "error",
          code: "NetConnection.Connect.InvalidApp",
          description: "No application secret.",
        },
      ],
    ]);
  });

  it("refuses a second connect, and stays as it was", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "connect", 7, { app: "other" });
    expect(peer.events()).toEqual([]);
    expect(peer.connection.connected).toBe(true);
    expect(peer.replies()).toMatchObject([
      [0, "_error", 7, null, { level: "error", code: "NetConnection.Call.Failed" }],
    ]);
  });

  it("refuses a second connect while the first waits for its answer", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live" });
    peer.command(0, "connect", 2, { app: "other" });
    expect(peer.events()).toMatchObject([{ kind: "connectRequested", request: { application: "live" } }]);
    expect(peer.replies()).toMatchObject([[0, "_error", 2, null, { code: "NetConnection.Call.Failed" }]]);
  });

  it.each(["acceptConnect", "rejectConnect"] as const)("is not there to be answered twice: %s", (answer) => {
    const { connection } = ScriptedPeer.connected();
    expect(() => connection[answer]("NetConnection.Connect.Rejected", "")).toThrow("none was requested");
  });

  it.each(["createStream", "publish", "releaseStream", "hello", ...PROTOTYPE_NAMES])(
    "comes before the command %o",
    (name) => {
      expect(errorOf(() => new ScriptedPeer().command(0, name, 2, null))).toBe("COMMAND_BEFORE_CONNECT");
    },
  );

  it.each([MessageType.audio, MessageType.video, MessageType.dataAmf0, MessageType.aggregate, 99])(
    "comes before a message of type %i",
    (type) => {
      const peer = new ScriptedPeer();
      expect(errorOf(() => peer.message(type, 1, new Uint8Array(20)))).toBe("COMMAND_BEFORE_CONNECT");
    },
  );

  it("quotes an early command in a way that is fit for a log", () => {
    const name = `\u001b[31m\n${"x".repeat(1000)}`;
    expect(() => new ScriptedPeer().command(0, name, 2, null)).toThrow(/^command "\?\[31m\?x{58}" before/);
  });
});

describe("a command message", () => {
  it("may be AMF3, whose body is AMF0 behind a format selector", () => {
    const peer = ScriptedPeer.connected();
    const body = encodeAmf0Values(["createStream", 2, null]);
    peer.message(MessageType.commandAmf3, 0, Uint8Array.of(0, ...body));
    expect(peer.replies()).toEqual([[0, "_result", 2, null, 1]]);
  });

  it("may have no transaction, which then wants no reply", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "hello");
    peer.command(0, "hello", "two");
    peer.command(0, "hello", null);
    expect(peer.replies()).toEqual([]);
  });

  it.each([[], [1], [null, 1], [{ name: "connect" }]])("must begin with a name: %o", (...values) => {
    const code = errorOf(() => ScriptedPeer.connected().command(0, ...values));
    expect(code).toBe(values.length > 0 ? "COMMAND_INVALID" : "AMF_TRUNCATED");
  });

  it("is refused if it nests or counts beyond the limits", () => {
    const amf = { maxDepth: 2, maxValues: 5 };
    const nested = new ScriptedPeer({ amf });
    expect(errorOf(() => nested.command(0, "connect", 1, { a: { b: {} } }))).toBe("AMF_DEPTH_EXCEEDED");
    const long = new ScriptedPeer({ amf });
    const object = { a: 1, b: 2, c: 3 };
    expect(errorOf(() => long.command(0, "connect", 1, object))).toBe("AMF_SIZE_EXCEEDED");
  });

  it("is read as far as the limits go if it needs no more", () => {
    const peer = new ScriptedPeer({ amf: { maxDepth: 2, maxValues: 5 } });
    peer.command(0, "connect", 1, null, 1, 2, 3, { a: { b: { c: 1 } } });
    expect(peer.events()).toMatchObject([{ kind: "connectRequested" }]);
  });

  it("may have its transaction's number as a text", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "_checkbw", "4", null);
    expect(peer.replies()).toEqual([[0, "_result", 4, null]]);
  });
});

describe("an unknown command", () => {
  it.each(["hello", "a.b.c", ...PROTOTYPE_NAMES])("%o fails if it wants a reply", (name) => {
    const peer = ScriptedPeer.connected(1);
    for (const messageStreamId of [0, 1, 9]) {
      peer.command(messageStreamId, name, 5, null, "argument");
      expect(peer.replies()).toEqual([
        [
          0,
          "_error",
          5,
          null,
          {
            level: "error",
            code: "NetConnection.Call.Failed",
            description: `Method not found (${name}).`,
          },
        ],
      ]);
    }
  });

  it.each(["hello", "onStatus", ...PROTOTYPE_NAMES])("%o is ignored if it wants none", (name) => {
    const peer = ScriptedPeer.connected(1);
    for (const messageStreamId of [0, 1, 9]) peer.command(messageStreamId, name, 0, null);
    expect(peer.replies()).toEqual([]);
    expect(peer.events()).toEqual([]);
  });
});

describe("the commands of a NetConnection", () => {
  it.each(["_result", "_error"])("%s answers nothing this side has asked", (name) => {
    const peer = ScriptedPeer.connected();
    peer.command(0, name, 3, null, "value");
    expect(peer.replies()).toEqual([]);
  });

  it("createStream is answered whatever its transaction is", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "createStream", 0, null);
    peer.command(0, "createStream");
    peer.command(0, "createStream", "9", null);
    expect(peer.replies()).toEqual([
      [0, "_result", 0, null, 1],
      [0, "_result", 0, null, 2],
      [0, "_result", 9, null, 3],
    ]);
  });

  it("getStreamLength waits for the answer of the driver, in seconds", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "getStreamLength", 4, null, "cam?key=value");
    const stream = { name: "cam", query: "key=value", written: "cam?key=value" };
    expect(peer.events()).toEqual([{ kind: "streamLengthRequested", transactionId: 4, stream }]);
    expect(peer.replies()).toEqual([]);
    peer.connection.answerStreamLength(4, 2500);
    expect(peer.replies()).toEqual([[0, "_result", 4, null, 2.5]]);
  });

  it.each([undefined, null, 7, ""])("getStreamLength of %o asks for a stream without a name", (name) => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "getStreamLength", 4, null, name);
    expect(peer.events()).toMatchObject([{ kind: "streamLengthRequested", stream: { name: "" } }]);
  });

  it("_checkbw is answered with nothing measured", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "_checkbw", 4, null);
    expect(peer.replies()).toEqual([[0, "_result", 4, null]]);
  });

  it("close is the driver's to do", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "close", 0, null);
    expect(peer.events()).toEqual([{ kind: "closeRequested" }]);
  });

  it.each(["releaseStream", "FCUnsubscribe"])("%s is acknowledged with undefined", (name) => {
    const peer = ScriptedPeer.connected();
    peer.command(0, name, 3, null, "cam");
    peer.command(0, name, 0, null, "cam");
    expect(peer.replies()).toEqual([[0, "_result", 3, null, undefined]]);
  });

  it("FCPublish is confirmed and acknowledged", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "FCPublish", 3, null, "cam?key=value");
    const description = "Ready to be published to.";
    const confirmed = [
      ...[0, "onFCPublish", 0, null],
      { level: "status", code: "NetStream.Publish.Start", description },
    ];
    expect(peer.replies()).toEqual([confirmed, [0, "_result", 3, null, undefined]]);
    peer.command(0, "FCPublish", 0, null, "cam");
    expect(peer.replies()).toEqual([confirmed]);
  });

  it("FCSubscribe is confirmed and acknowledged", () => {
    const peer = ScriptedPeer.connected();
    peer.command(0, "FCSubscribe", 3, null, "cam?key=value");
    expect(peer.replies()).toEqual([
      [
        0,
        "onFCSubscribe",
        0,
        null,
        { level: "status", code: "NetStream.Play.Start", description: "Subscribed." },
      ],
      [0, "_result", 3, null, undefined],
    ]);
  });
});

describe("what is sent", () => {
  it("travels on chunk streams that no audio, video or data of a published stream uses", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live" });
    peer.connection.acceptConnect();
    peer.command(0, "createStream", 2, null);
    peer.command(1, "play", 0, null, "cam");
    peer.netStream(1).acceptPlay();
    const used = new Map<string, Set<number>>();
    for (let next = peer.connection.nextMessage(); next; next = peer.connection.nextMessage()) {
      const { type, messageStreamId } = next.message;
      const kind = type < 8 ? "control" : messageStreamId === 0 ? "NetConnection" : "NetStream";
      used.set(kind, (used.get(kind) ?? new Set()).add(next.chunkStreamId));
    }
    expect(Object.fromEntries(used)).toEqual({
      control: new Set([2]),
      NetConnection: new Set([3]),
      NetStream: new Set([8]),
    });
  });
});

describe("user control", () => {
  it("answers a ping request at any time", () => {
    const peer = new ScriptedPeer();
    const request = userControl({ event: pingRequest, value: 0xfffffffe });
    peer.message(MessageType.userControl, 0, request.payload);
    expect(peer.replies()).toEqual([["userControl", pingResponse, 0xfffffffe]]);
  });

  it.each([
    ["a ping response", userControl({ event: pingResponse, value: 1 }).payload],
    ["a buffer length", userControl({ event: 3, value: 0, bufferLengthMs: 300 }).payload],
    ["an unknown event", Uint8Array.of(0, 27, 1, 1)],
    ["nothing", new Uint8Array(0)],
    ["half an event", Uint8Array.of(0)],
    ["an event without its fields", Uint8Array.of(0, 3)],
  ])("takes no notice of %s", (_, payload) => {
    const peer = new ScriptedPeer();
    peer.message(MessageType.userControl, 0, payload);
    expect(peer.replies()).toEqual([]);
    expect(peer.events()).toEqual([]);
  });

  it("takes no notice of half an event where a SWF is asked for", () => {
    const peer = ScriptedPeer.connected();
    peer.connection.requestSwf();
    for (const length of [0, 1]) peer.message(MessageType.userControl, 0, new Uint8Array(length));
    expect(peer.events()).toEqual([]);
  });

  it("is refused as a ping request cut short", () => {
    const peer = new ScriptedPeer();
    expect(errorOf(() => peer.message(MessageType.userControl, 0, Uint8Array.of(0, 6, 0)))).toBe(
      "MESSAGE_TRUNCATED",
    );
  });

  it("asks for a ping with the low 32 bits of the clock", () => {
    const peer = ScriptedPeer.connected();
    peer.connection.ping(2 ** 32 + 5.5);
    expect(peer.replies()).toEqual([["userControl", pingRequest, 5]]);
  });
});

describe("SWF verification", () => {
  const answer = Uint8Array.of(0, 27, 1, 1, 0, 0, 0, 16, 0, 0, 0, 16, ...new Uint8Array(32));
  const told = (payload: Uint8Array) => ({ type: 4, timestamp: 0, messageStreamId: 0, payload });

  it("tells the driver what a player answers", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live" });
    peer.connection.acceptConnect();
    peer.connection.requestSwf();
    peer.connection.receive(told(answer));
    expect(peer.events().at(-1)).toEqual({ kind: "swfTold", swf: { size: 16, digest: new Uint8Array(32) } });
  });

  it("takes no notice of an answer that nobody has asked for", () => {
    const peer = new ScriptedPeer();
    peer.command(0, "connect", 1, { app: "live" });
    peer.connection.acceptConnect();
    peer.connection.receive(told(answer));
    expect(peer.events().map(({ kind }) => kind)).toEqual(["connectRequested"]);
  });
});
