import { encodeAmf0Values } from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import { MessageType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { ScriptedPeer } from "./scripted-peer.test.helper.ts";

const AUDIO = Uint8Array.of(0xaf, 1, 2);
const VIDEO = Uint8Array.of(0x27, 1, 0, 0, 0, 9);

/** An aggregate's body: FLV tags without the backward pointers' right values, which nobody reads. */
function aggregate(...tags: { type: number; timestamp: number; payload: Uint8Array }[]): Uint8Array {
  const writer = new ByteWriter();
  for (const { type, timestamp, payload } of tags) {
    writer.u8(type).u24(payload.length).u24(timestamp).u8(0).u24(0).raw(payload).u32(0);
  }
  return writer.finish();
}

describe("audio and video", () => {
  it.each([
    [MessageType.audio, AUDIO],
    [MessageType.video, VIDEO],
    [MessageType.audio, new Uint8Array(0)],
    [MessageType.video, new Uint8Array(0)],
  ])("of a publishing NetStream reach the driver as they are: type %i, %o", (type, payload) => {
    const peer = ScriptedPeer.publishing();
    peer.message(type, 1, payload, 0xffffffff);
    expect(peer.events()).toEqual([
      {
        kind: "media",
        netStreamId: 1,
        message: { type, timestamp: 0xffffffff, messageStreamId: 1, payload },
      },
    ]);
  });

  it.each([
    ["is idle", ScriptedPeer.connected(1)],
    ["plays", ScriptedPeer.playing()],
    ["does not exist", ScriptedPeer.connected()],
  ])("for a NetStream that %s are dropped", (_, peer) => {
    peer.message(MessageType.audio, 1, AUDIO);
    peer.message(MessageType.video, 1, VIDEO);
    peer.data(1, "onTextData", "text");
    expect(peer.events()).toEqual([]);
  });

  it("are dropped until the peer has asked to publish, and after it has stopped or was refused", () => {
    const peer = ScriptedPeer.connected(1);
    peer.message(MessageType.audio, 1, AUDIO);
    peer.command(1, "publish", 0, null, "cam");
    peer.message(MessageType.audio, 1, AUDIO);
    peer.netStream(1).acceptPublish();
    peer.message(MessageType.video, 1, VIDEO);
    peer.command(1, "closeStream", 0, null);
    peer.message(MessageType.audio, 1, AUDIO);
    expect(peer.events().map(({ kind }) => kind)).toEqual(["publishRequested", "media", "media", "stopped"]);
    peer.command(1, "publish", 0, null, "cam");
    peer.netStream(1).reject("NetStream.Publish.Denied", "no");
    peer.message(MessageType.video, 1, VIDEO);
    expect(peer.events().map(({ kind }) => kind)).toEqual(["publishRequested"]);
  });

  it("of several NetStreams are kept apart", () => {
    const peer = ScriptedPeer.connected(3);
    for (const [id, name] of ["a", "b", "c"].entries()) peer.publish(id + 1, name);
    for (const id of [2, 1, 3, 2]) peer.message(MessageType.audio, id, AUDIO);
    expect(peer.events()).toMatchObject([2, 1, 3, 2].map((netStreamId) => ({ netStreamId })));
  });

  it("on message stream 0 belong to the one NetStream that publishes", () => {
    const peer = ScriptedPeer.connected(3);
    peer.publish(2, "cam");
    peer.play(3, "other");
    peer.message(MessageType.audio, 0, AUDIO);
    peer.data(0, "@setDataFrame", "onMetaData", { width: 2 });
    expect(peer.events()).toMatchObject([
      { kind: "media", netStreamId: 2 },
      { kind: "data", netStreamId: 2 },
    ]);
  });

  it("on message stream 0 are dropped if several publish", () => {
    const peer = ScriptedPeer.connected(2);
    peer.publish(1, "a");
    peer.publish(2, "b");
    peer.message(MessageType.audio, 0, AUDIO);
    expect(peer.events()).toEqual([]);
  });

  it("under way to a deleted NetStream are not taken for another one's", () => {
    const peer = ScriptedPeer.connected(2);
    peer.publish(1, "a");
    peer.publish(2, "b");
    peer.command(0, "deleteStream", 0, null, 2);
    peer.events();
    peer.message(MessageType.audio, 2, AUDIO);
    expect(peer.events()).toEqual([]);
  });

  it("on a message stream that never was a NetStream belong to the one that publishes", () => {
    const peer = ScriptedPeer.publishing();
    peer.message(MessageType.audio, 2, AUDIO);
    expect(peer.events()).toMatchObject([{ kind: "media", netStreamId: 1 }]);
  });

  it("come after shared objects and messages of unknown type, which are dropped", () => {
    const peer = ScriptedPeer.publishing();
    for (const type of [0, 7, 16, 19, 99, 255]) peer.message(type, 1, AUDIO);
    expect(peer.events()).toEqual([]);
  });
});

describe("an aggregate", () => {
  it("is taken apart only as the driver gets to its parts", () => {
    const peer = ScriptedPeer.publishing();
    const payload = aggregate(
      { type: MessageType.audio, timestamp: 1000, payload: AUDIO },
      { type: MessageType.video, timestamp: 1020, payload: VIDEO },
      { type: MessageType.audio, timestamp: 1040, payload: AUDIO },
    );
    peer.message(MessageType.aggregate, 1, payload, 50);
    expect(peer.connection.nextEvent()).toBeUndefined();
    peer.connection.takePart();
    expect(peer.connection.nextEvent()).toMatchObject({ kind: "media", message: { timestamp: 50 } });
    peer.connection.takePart();
    expect(peer.connection.nextEvent()).toMatchObject({ message: { timestamp: 70, payload: VIDEO } });
    peer.netStream(1).reject("NetStream.Publish.Denied", "Enough.");
    expect(peer.events()).toEqual([]);
  });

  it("gives its parts its own message stream, 0 included", () => {
    const peer = ScriptedPeer.publishing();
    peer.message(
      MessageType.aggregate,
      0,
      aggregate({ type: MessageType.audio, timestamp: 0, payload: AUDIO }),
    );
    expect(peer.events()).toMatchObject([{ kind: "media", netStreamId: 1 }]);
  });

  it("may hold data, and nothing that acts on the session", () => {
    const peer = ScriptedPeer.publishing();
    const inner = aggregate({ type: MessageType.audio, timestamp: 0, payload: AUDIO });
    const tags = [
      { type: MessageType.aggregate, timestamp: 0, payload: inner },
      { type: MessageType.commandAmf0, timestamp: 0, payload: encodeAmf0Values(["closeStream", 0, null]) },
      { type: MessageType.userControl, timestamp: 0, payload: Uint8Array.of(0, 6, 0, 0, 0, 1) },
      { type: MessageType.dataAmf0, timestamp: 0, payload: encodeAmf0Values(["onTextData", "text"]) },
    ];
    peer.message(MessageType.aggregate, 1, aggregate(...tags));
    expect(peer.events()).toMatchObject([{ kind: "data" }]);
    expect(peer.replies()).toEqual([]);
    expect(peer.netStream(1).publishing).toBe(true);
  });

  it("is refused where it breaks off, after the parts before", () => {
    const peer = ScriptedPeer.publishing();
    const whole = aggregate(
      { type: MessageType.audio, timestamp: 0, payload: AUDIO },
      { type: MessageType.video, timestamp: 0, payload: VIDEO },
    );
    peer.message(MessageType.aggregate, 1, whole.subarray(0, whole.length - 5));
    peer.connection.takePart();
    expect(peer.connection.nextEvent()).toMatchObject({ kind: "media" });
    expect(() => peer.connection.takePart()).toThrow("bytes left");
  });

  it("is looked at part by part, even where its parts are nothing to anybody", () => {
    const peer = ScriptedPeer.publishing();
    const unknown = { type: 99, timestamp: 0, payload: new Uint8Array(0) };
    peer.message(MessageType.aggregate, 1, aggregate(unknown, unknown));
    const { connection } = peer;
    expect([connection.takePart(), connection.takePart(), connection.takePart()]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("is memory that counts until its last part has been looked at", () => {
    const peer = ScriptedPeer.publishing();
    const payload = aggregate({ type: MessageType.audio, timestamp: 0, payload: AUDIO });
    peer.message(MessageType.aggregate, 1, payload);
    expect(peer.connection.heldBytes).toBeGreaterThanOrEqual(payload.length);
    const before = peer.connection.heldBytes;
    peer.events();
    expect(peer.connection.heldBytes).toBe(before - payload.length);
  });

  it("without parts is nothing", () => {
    const peer = ScriptedPeer.publishing();
    peer.message(MessageType.aggregate, 1, new Uint8Array(0));
    expect(peer.events()).toEqual([]);
  });
});
