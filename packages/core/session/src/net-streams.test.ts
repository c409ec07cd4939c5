import { ProtocolError } from "@headgate/bytes";
import { describe, expect, it } from "vitest";
import { ScriptedPeer, statusCodes } from "./scripted-peer.test.helper.ts";

describe("createStream", () => {
  it("counts from 1 and gives a deleted number out again", () => {
    const peer = ScriptedPeer.connected();
    for (const transactionId of [2, 3, 4]) peer.command(0, "createStream", transactionId, null);
    peer.command(0, "deleteStream", 0, null, 2);
    peer.command(0, "createStream", 5, null);
    expect(peer.replies()).toEqual([
      [0, "_result", 2, null, 1],
      [0, "_result", 3, null, 2],
      [0, "_result", 4, null, 3],
      [0, "_result", 5, null, 2],
    ]);
  });

  it("ends at the limit, and goes on where one has been deleted", () => {
    const peer = new ScriptedPeer({ maxNetStreams: 2 });
    peer.command(0, "connect", 1, { app: "live" });
    peer.connection.acceptConnect();
    peer.command(0, "createStream", 2, null);
    peer.command(0, "createStream", 3, null);
    peer.command(0, "deleteStream", 0, null, 1);
    peer.command(0, "createStream", 4, null);
    expect(() => peer.command(0, "createStream", 5, null)).toThrow(ProtocolError);
    expect(() => peer.command(7, "publish", 0, null, "cam")).toThrow("limit of 2");
  });
});

describe("the names that NetStreams keep", () => {
  it("are memory that counts until the NetStream is deleted", () => {
    const peer = ScriptedPeer.connected(2);
    peer.play(1, "a".repeat(1000));
    peer.play(2, "b".repeat(8000));
    expect(peer.connection.heldBytes).toBe(18_000);
    peer.command(0, "deleteStream", 0, null, 2);
    peer.command(1, "play", 0, null, "cam");
    expect(peer.connection.heldBytes).toBe(6);
  });
});

describe("a long name", () => {
  it("is not said in full in the answer to every short request", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "n".repeat(8000));
    peer.events();
    peer.connection.netStream(1)!.reject("NetStream.Play.Failed", "Too long.");
    peer.outgoing();
    peer.command(1, "seek", 0, null, 0);
    const bytes = peer.outgoing().reduce((sum, { payload }) => sum + payload.length, 0);
    expect(bytes).toBeLessThan(1000);
  });
});

describe("deleteStream", () => {
  it.each([
    ["its number", 1],
    ["the name it publishes under, as GStreamer does", "cam?key=value"],
  ])("ends a NetStream by %s", (_, which) => {
    const peer = ScriptedPeer.publishing("cam?key=value");
    peer.command(0, "deleteStream", 0, null, which);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Unpublish.Success"]);
    expect(peer.connection.netStream(1)).toBeUndefined();
  });

  it.each([2, "other", "", -1, Number.NaN, null, undefined, true])(
    "takes no notice of %o if that is none",
    (which) => {
      const peer = ScriptedPeer.publishing();
      peer.command(0, "deleteStream", 4, null, which);
      expect(peer.events()).toEqual([]);
      expect(peer.replies()).toEqual([]);
      expect(peer.netStream(1).publishing).toBe(true);
    },
  );

  it("says nothing of a NetStream that did nothing", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(0, "deleteStream", 0, null, 1);
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toEqual([]);
    expect(peer.connection.netStream(1)).toBeUndefined();
  });

  it("by name means the NetStream that is active under it before one that was", () => {
    const peer = ScriptedPeer.connected(2);
    peer.publish(1, "cam");
    peer.command(1, "closeStream", 0, null);
    peer.publish(2, "cam");
    peer.events();
    peer.command(0, "deleteStream", 0, null, "cam");
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 2 }]);
    expect([1, 2].map((id) => peer.connection.netStream(id)?.id)).toEqual([1, undefined]);
  });

  it("without a name does not mean the NetStreams that have none yet", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(0, "deleteStream", 0, null, "");
    expect(peer.connection.netStream(1)).toBeDefined();
  });
});

describe("closeStream", () => {
  it("stops a NetStream, which can then be used again", () => {
    const peer = ScriptedPeer.publishing();
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    peer.replies();
    peer.publish(1, "again");
    expect(peer.netStream(1).publishing).toBe(true);
  });

  it("withdraws a request that has not been answered", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, "cam");
    peer.command(1, "closeStream", 0, null);
    expect(peer.events().map(({ kind }) => kind)).toEqual(["publishRequested", "stopped"]);
    expect(peer.replies()).toEqual([]);
  });

  it("is nothing new to an idle NetStream", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toEqual([]);
  });
});

describe("FCUnpublish", () => {
  it("stops the publishing NetStream of that name, and says so in both ways", () => {
    const peer = ScriptedPeer.publishing("cam?key=value");
    peer.command(0, "FCUnpublish", 6, null, "cam?key=value");
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    const info = { level: "status", code: "NetStream.Unpublish.Success" };
    expect(peer.replies()).toEqual([
      [1, "onStatus", 0, null, { ...info, description: "Stopped publishing cam.", details: "cam" }],
      [0, "onFCUnpublish", 0, null, { ...info, description: "Stopped publishing." }],
      [0, "_result", 6, null, undefined],
    ]);
  });

  it("is confirmed for a name nobody publishes under, and stops nobody", () => {
    const peer = ScriptedPeer.publishing();
    peer.command(0, "FCUnpublish", 6, null, "other");
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toHaveLength(2);
  });

  it.each([1, "cam"])("followed by deleteStream of %o stops once", (which) => {
    const peer = ScriptedPeer.publishing();
    peer.command(0, "FCUnpublish", 6, null, "cam");
    peer.command(0, "deleteStream", 7, null, which);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    expect(peer.connection.netStream(1)).toBeUndefined();
  });

  it("does not stop a NetStream that plays what another one publishes", () => {
    const peer = ScriptedPeer.connected(2);
    peer.play(1, "cam");
    peer.publish(2, "cam");
    peer.command(0, "FCUnpublish", 6, null, "cam");
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 2 }]);
  });

  it("withdraws a request that has not been answered", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, "cam");
    peer.command(0, "FCUnpublish", 6, null, "cam");
    expect(peer.events().map(({ kind }) => kind)).toEqual(["publishRequested", "stopped"]);
  });
});

describe("the NetStream a command is for", () => {
  it("is the one of its message stream", () => {
    const peer = ScriptedPeer.connected(3);
    peer.publish(2, "a");
    peer.play(3, "b");
    peer.publish(1, "c");
    peer.command(2, "closeStream", 0, null);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 2 }]);
    expect([1, 2].map((id) => peer.netStream(id).publishing)).toEqual([true, false]);
  });

  it("is the only one there is if the client sends it on message stream 0", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(0, "publish", 0, null, "cam");
    peer.netStream(1).acceptPublish();
    expect(peer.events()).toMatchObject([{ kind: "publishRequested", netStreamId: 1 }]);
    expect(peer.replies().at(-1)?.[0]).toBe(1);
  });

  it.each([
    [0, 1],
    [1, 1],
    [5, 5],
  ])("is opened for a client that publishes on message stream %i without createStream", (on, netStreamId) => {
    const peer = ScriptedPeer.connected();
    peer.command(on, "publish", 0, null, "cam");
    expect(peer.events()).toMatchObject([{ kind: "publishRequested", netStreamId }]);
  });

  it("is none if the client has several and names none, and they go on", () => {
    const peer = ScriptedPeer.connected(2);
    peer.publish(1, "a");
    peer.publish(2, "b");
    peer.command(0, "publish", 5, null, "c");
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toMatchObject([
      [0, "_error", 5, null, { level: "error", code: "NetConnection.Call.Failed" }],
    ]);
    expect([1, 2].map((id) => peer.netStream(id).publishing)).toEqual([true, true]);
  });

  it("is not opened by any other command", () => {
    const peer = ScriptedPeer.connected();
    for (const name of ["closeStream", "pause", "seek", "receiveAudio"]) peer.command(1, name, 0, null);
    expect(peer.connection.netStream(1)).toBeUndefined();
    expect(peer.replies()).toEqual([]);
  });
});
