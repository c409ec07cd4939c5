import { encodeAmf0Values } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { MessageType } from "@headgate/message";
import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { ScriptedPeer } from "./scripted-peer.test.helper.ts";

/** What cannot be read, whatever comes before it, and the code it has where it is needed. */
const UNREADABLE = [
  ["a byte that is no value", "ee", "AMF_MARKER_UNKNOWN"],
  ["a number cut short", "00", "AMF_TRUNCATED"],
  ["a text cut short", "02 00ff 61", "AMF_TRUNCATED"],
  ["an AMF3 object that writes itself", "11 0a 07 11 636f6d2e45782e41 01", "AMF_MARKER_UNKNOWN"],
  ["a reference to nothing", "07 00ff", "AMF_REFERENCE_INVALID"],
] as const;

/** Sends a command that begins with the values and goes on with bytes, as AMF0 and behind a format selector. */
function send(
  peer: ScriptedPeer,
  messageStreamId: number,
  values: Parameters<typeof encodeAmf0Values>[0],
  tail: string,
): void {
  const payload = Uint8Array.of(...encodeAmf0Values(values), ...hex(tail));
  peer.message(MessageType.commandAmf0, messageStreamId, payload);
}

function sendAmf3(peer: ScriptedPeer, values: Parameters<typeof encodeAmf0Values>[0], tail: string): void {
  peer.message(MessageType.commandAmf3, 0, Uint8Array.of(0, ...encodeAmf0Values(values), ...hex(tail)));
}

function codeOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

describe.each(UNREADABLE)("%s", (_, tail, code) => {
  it("behind the object of connect is nobody's business", () => {
    const peer = new ScriptedPeer();
    send(peer, 0, ["connect", 1, { app: "live" }], tail);
    expect(peer.events()).toMatchObject([{ kind: "connectRequested", request: { application: "live" } }]);
  });

  it("behind the arguments of a command is nobody's business", () => {
    const peer = ScriptedPeer.connected();
    send(peer, 0, ["createStream", 2, null], tail);
    send(peer, 0, ["createStream", 3], tail);
    expect(peer.replies()).toEqual([
      [0, "_result", 2, null, 1],
      [0, "_result", 3, null, 2],
    ]);
    send(peer, 1, ["publish", 4, null, "cam"], tail);
    send(peer, 2, ["play", 5, null, "other", -1000], tail);
    expect(peer.events()).toMatchObject([
      { kind: "publishRequested", stream: { name: "cam" }, type: "live" },
      { kind: "playRequested", request: { stream: { name: "other" }, start: "live" } },
    ]);
    send(peer, 0, ["deleteStream", 6, null, 1], tail);
    expect(peer.connection.netStream(1)).toBeUndefined();
  });

  it.each(["releaseStream", "FCPublish", "FCUnpublish", "FCSubscribe", "FCUnsubscribe", "_checkbw"])(
    "in %s does not keep it from being acknowledged",
    (name) => {
      const peer = ScriptedPeer.connected();
      send(peer, 0, [name, 3, null, "cam"], tail);
      send(peer, 0, [name, 4, null], tail);
      const results = peer.replies().filter((reply) => reply[1] === "_result");
      expect(results.map((reply) => reply[2])).toEqual([3, 4]);
    },
  );

  it("in a call that nobody here knows is answered as any such call, in AMF0 and AMF3", () => {
    const peer = ScriptedPeer.connected(1);
    send(peer, 0, ["report", 5, null, "text"], tail);
    send(peer, 1, ["report", 6], tail);
    sendAmf3(peer, ["report", 7, null], tail);
    sendAmf3(peer, ["report"], tail);
    expect(peer.replies().map((reply) => reply.slice(0, 3))).toEqual([
      [0, "_error", 5],
      [0, "_error", 6],
      [0, "_error", 7],
    ]);
  });

  it.each([
    ["connect", 0, ["connect", 1]],
    ["connect", 0, ["connect"]],
  ] as const)("is refused in place of the object or the transaction of %s", (_name, id, values) => {
    expect(codeOf(() => send(new ScriptedPeer(), id, values, tail))).toBe(code);
  });

  it.each([
    ["createStream", ["createStream"]],
    ["deleteStream", ["deleteStream", 0, null]],
    ["publish", ["publish", 0, null]],
    ["publish", ["publish", 0]],
    ["play", ["play", 0, null]],
    ["seek", ["seek", 0, null]],
    ["pause", ["pause", 0, null]],
    ["pauseRaw", ["pauseRaw", 0, null]],
    ["receiveAudio", ["receiveAudio", 0, null]],
    ["receiveVideo", ["receiveVideo", 0, null]],
  ] as const)("is refused in place of what %s is about", (_name, values) => {
    expect(codeOf(() => send(ScriptedPeer.connected(1), 1, values, tail))).toBe(code);
  });

  it("is refused in place of a command's name", () => {
    expect(codeOf(() => send(ScriptedPeer.connected(), 0, [], tail))).toBe(code);
  });

  it("in a data message ends nothing, inside an aggregate neither", () => {
    const peer = ScriptedPeer.publishing();
    for (const type of [MessageType.dataAmf0, MessageType.dataAmf3]) {
      peer.message(type, 1, hex(tail));
      peer.message(type, 1, Uint8Array.of(0, ...hex(tail)));
      const length = hex(tail).length;
      peer.message(
        MessageType.aggregate,
        1,
        Uint8Array.of(type, 0, 0, length, ...new Uint8Array(7), ...hex(tail), 0, 0, 0, 0),
      );
      expect(peer.events()).toEqual([]);
    }
    expect(peer.netStream(1).publishing).toBe(true);
  });

  it("in a shared object is nobody's business", () => {
    const peer = ScriptedPeer.publishing();
    for (const type of [MessageType.sharedObjectAmf0, MessageType.sharedObjectAmf3])
      peer.message(type, 0, hex(tail));
    expect(peer.events()).toEqual([]);
  });
});
