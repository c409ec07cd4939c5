import { UserControlType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { MAX_STREAM_NAME_LENGTH } from "./limits.ts";
import { onStatus, ScriptedPeer, statusCodes } from "./scripted-peer.test.helper.ts";

const GRANTED = [
  ["userControl", UserControlType.streamBegin, 1],
  onStatus(1, {
    level: "status",
    code: "NetStream.Publish.Start",
    description: "Publishing cam.",
    details: "cam",
  }),
];

describe("publish", () => {
  it("waits for the driver's answer, and is then granted in every way a client may wait for", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 5, null, "cam?key=value", "live");
    expect(peer.replies()).toEqual([]);
    expect(peer.netStream(1).publishing).toBe(false);
    peer.netStream(1).acceptPublish();
    expect(peer.replies()).toEqual(GRANTED);
    expect(peer.netStream(1).publishing).toBe(true);
  });

  it("has onStatus for the first command after it, whether or not FCPublish came before", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(0, "FCPublish", 3, null, "cam");
    expect(peer.replies().map(([, name]) => name)).toEqual(["onFCPublish", "_result"]);
    peer.command(1, "publish", 5, null, "cam", "live");
    peer.netStream(1).acceptPublish();
    expect(peer.replies()).toEqual(GRANTED);
  });

  it.each([
    ["live", "live"],
    ["record", "record"],
    ["append", "append"],
    ["appendWithGap", "appendWithGap"],
    ["toString", "live"],
    [undefined, "live"],
    [null, "live"],
    [false, "live"],
  ])("of type %o is %s", (sent, type) => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, "flv:cam?key=value", sent);
    const stream = { name: "cam", query: "key=value", written: "flv:cam?key=value", format: "flv" };
    expect(peer.events()).toEqual([{ kind: "publishRequested", netStreamId: 1, stream, type }]);
  });

  it("may leave out the type", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, "cam");
    expect(peer.events()).toMatchObject([{ kind: "publishRequested", type: "live" }]);
  });

  it.each(["NetStream.Publish.BadName", "NetStream.Publish.Denied", "NetStream.Record.NoAccess"] as const)(
    "is refused with %s, and may be tried again",
    (code) => {
      const peer = ScriptedPeer.connected(1);
      peer.command(1, "publish", 0, null, "cam");
      peer.netStream(1).reject(code, "No.");
      expect(peer.replies()).toEqual([
        onStatus(1, { level: "error", code, description: "No.", details: "cam" }),
      ]);
      peer.publish(1, "cam");
      expect(peer.netStream(1).publishing).toBe(true);
    },
  );

  it.each([false, null, undefined, "", 1])("of %o stops publishing", (name) => {
    const peer = ScriptedPeer.publishing();
    peer.command(1, "publish", 0, null, name);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Unpublish.Success"]);
    expect(peer.netStream(1).publishing).toBe(false);
  });

  it("of another name first ends what was published", () => {
    const peer = ScriptedPeer.publishing("first");
    peer.command(1, "publish", 0, null, "second");
    expect(peer.events()).toMatchObject([
      { kind: "stopped", netStreamId: 1 },
      { kind: "publishRequested", netStreamId: 1, stream: { name: "second" } },
    ]);
    expect(peer.replies()).toMatchObject([
      onStatus(1, {
        level: "status",
        code: "NetStream.Unpublish.Success",
        description: "Stopped publishing first.",
        details: "first",
      }),
    ]);
  });

  it("while playing first ends the playing", () => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "publish", 0, null, "mine");
    expect(peer.events().map(({ kind }) => kind)).toEqual(["stopped", "publishRequested"]);
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Play.Stop"]);
  });

  it("ends when the driver ends it", () => {
    const peer = ScriptedPeer.publishing();
    peer.netStream(1).reject("NetStream.Publish.Denied", "Another publisher took over.");
    expect(peer.netStream(1).publishing).toBe(false);
    expect(peer.events()).toEqual([]);
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([]);
  });

  it.each(["", "?key=value", "mp4:", "flv:?key=value"])("of %o asks for a stream without a name", (name) => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, name);
    expect(peer.events()).toMatchObject([{ kind: "publishRequested", stream: { name: "" } }]);
  });

  it("under a name of unreasonable length is refused without repeating it", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, "x".repeat(MAX_STREAM_NAME_LENGTH + 1));
    expect(peer.events()).toMatchObject([
      { kind: "refused", name: "", request: "publish", reason: "NAME_INVALID" },
    ]);
    const [refusal] = peer.replies();
    expect(refusal).toMatchObject(onStatus(1, { code: "NetStream.Publish.BadName" }));
    expect(JSON.stringify(refusal).length).toBeLessThan(200);
    peer.command(1, "publish", 0, null, "x".repeat(MAX_STREAM_NAME_LENGTH));
    expect(peer.events()).toMatchObject([{ kind: "publishRequested" }]);
  });

  it("cannot be granted once it has been withdrawn", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "publish", 0, null, "cam");
    peer.command(1, "closeStream", 0, null);
    expect(() => peer.netStream(1).acceptPublish()).toThrow("none was requested");
    expect(peer.netStream(1).publishing).toBe(false);
  });

  describe("that is recorded", () => {
    const recordStart = onStatus(1, {
      level: "status",
      code: "NetStream.Record.Start",
      description: "Recording cam.",
      details: "cam",
    });

    function recorded(): ScriptedPeer {
      const peer = ScriptedPeer.connected(1);
      peer.command(1, "publish", 5, null, "cam", "record");
      peer.netStream(1).acceptPublish();
      peer.netStream(1).recordingBegun();
      expect(peer.replies()).toEqual([...GRANTED, recordStart]);
      peer.netStream(1).recordingBegun();
      expect(peer.replies()).toEqual([]);
      return peer;
    }

    it.each(["closeStream", "publish"])("is told that recording stops before %s is answered", (name) => {
      const peer = recorded();
      peer.command(1, name, 0, null, false);
      expect(peer.replies()).toEqual([
        onStatus(1, {
          level: "status",
          code: "NetStream.Record.Stop",
          description: "Stopped recording cam.",
          details: "cam",
        }),
        onStatus(1, {
          level: "status",
          code: "NetStream.Unpublish.Success",
          description: "Stopped publishing cam.",
          details: "cam",
        }),
      ]);
      peer.netStream(1).recordingEnded("failed");
      expect(peer.replies()).toEqual([]);
    });

    it("goes on when recording has failed or was stopped, and may be recorded again", () => {
      const peer = recorded();
      peer.netStream(1).recordingEnded("failed");
      expect(peer.replies()).toEqual([
        onStatus(1, {
          level: "error",
          code: "NetStream.Record.Failed",
          description: "Recording cam has failed. It is still published.",
          details: "cam",
        }),
      ]);
      peer.netStream(1).recordingBegun();
      expect(peer.replies()).toEqual([recordStart]);
      peer.netStream(1).recordingEnded("stopped");
      peer.netStream(1).recordingEnded("stopped");
      expect(statusCodes(peer.replies())).toEqual(["NetStream.Record.Stop"]);
      expect(peer.netStream(1).publishing).toBe(true);
    });

    it("is told of nothing while it is not published", () => {
      const peer = ScriptedPeer.connected(1);
      peer.netStream(1).recordingBegun();
      peer.command(1, "publish", 5, null, "cam", "record");
      peer.netStream(1).recordingBegun();
      peer.netStream(1).recordingEnded("stopped");
      expect(peer.replies()).toEqual([]);
    });
  });

  it.each(["__proto__", "constructor", "ångström", "a/b", "x".repeat(200)])(
    "has a name such as %o",
    (name) => {
      const peer = ScriptedPeer.connected(1);
      peer.command(1, "publish", 0, null, name);
      expect(peer.events()).toMatchObject([{ stream: { name, query: "" } }]);
    },
  );
});
