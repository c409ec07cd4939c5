import type { AmfValue } from "@headgate/amf";
import { UserControlType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { MAX_STREAM_NAME_LENGTH } from "./limits.ts";
import type { PlayRequest } from "./play-request.ts";
import { onStatus, ScriptedPeer, statusCodes } from "./scripted-peer.test.helper.ts";

const { streamBegin, streamEof } = UserControlType;

/** What the driver is told of `play` with these arguments. */
function requestOf(...args: AmfValue[]): PlayRequest {
  const peer = ScriptedPeer.connected(1);
  peer.command(1, "play", 0, null, ...args);
  const [event] = peer.events();
  if (event?.kind !== "playRequested") throw new Error("play was not taken for a request");
  return event.request;
}

function status(code: string, description: string) {
  return onStatus(1, { level: "status", code, description, details: "cam" });
}

describe("play", () => {
  it("waits for the driver's answer, and is then granted in every way a client may wait for", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "cam?key=value");
    expect(peer.replies()).toEqual([]);
    peer.netStream(1).acceptPlay();
    expect(peer.replies()).toEqual([
      ["userControl", streamBegin, 1],
      status("NetStream.Play.Reset", "Playing and resetting cam."),
      status("NetStream.Play.Start", "Started playing cam."),
      [1, "|RtmpSampleAccess", true, true],
    ]);
  });

  it.each([
    ["cam", "cam", "", undefined],
    ["cam?key=value", "cam", "key=value", undefined],
    ["flv:cam", "cam", "", "flv"],
    ["mp4:cam.mp4?a=b", "cam.mp4", "a=b", "mp4"],
    ["f4v:cam", "cam", "", "f4v"],
    ["mp3:cam", "cam", "", "mp3"],
    ["id3:cam", "cam", "", "id3"],
    ["raw:cam", "cam", "", "raw"],
    ["avi:cam", "avi:cam", "", undefined],
    ["a/flv:b", "a/flv:b", "", undefined],
    ["cam?flv:b", "cam", "flv:b", undefined],
    ["__proto__", "__proto__", "", undefined],
  ])("of %o means the stream %o", (text, name, query, format) => {
    expect(requestOf(text).stream).toEqual({ name, query, written: text, format });
  });

  it.each([
    [undefined, "any"],
    [null, "any"],
    ["live", "any"],
    [-2, "any"],
    [-2000, "any"],
    [-3, "any"],
    [-1, "live"],
    [-1000, "live"],
    [0, 0],
    [1, 1],
    [90_000, 90_000],
    [Number.NaN, "any"],
    [Number.POSITIVE_INFINITY, "any"],
  ])("from %o starts at %o", (start, read) => {
    expect(requestOf("cam", start).start).toBe(read);
  });

  it.each([
    [undefined, undefined],
    [null, undefined],
    [-1, undefined],
    [-1000, undefined],
    [0, 0],
    [5000, 5000],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])("for a duration of %o lasts %o ms", (duration, durationMs) => {
    expect(requestOf("cam", -2, duration).durationMs).toBe(durationMs);
  });

  it.each([
    [undefined, true],
    [null, true],
    [true, true],
    [1, true],
    [3, true],
    [false, false],
    [0, false],
    [2, false],
  ])("with the reset flag %o resets: %o", (flag, reset) => {
    expect(requestOf("cam", -2, -1, flag).reset).toBe(reset);
  });

  it("has defaults for all that is left out", () => {
    const stream = { name: "cam", query: "", written: "cam" };
    expect(requestOf("cam")).toEqual({
      stream,
      start: "any",
      durationMs: undefined,
      reset: true,
      atOnce: false,
    });
  });

  it("without reset begins without a reset", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "cam", -2, -1, false);
    peer.netStream(1).acceptPlay();
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Play.Start"]);
  });

  it("without reset cannot queue behind a live stream, which goes on", () => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "play", 0, null, "next", -2, -1, false);
    expect(peer.events()).toMatchObject([
      { kind: "refused", request: "play", reason: "PLAYLIST_UNSUPPORTED" },
    ]);
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Play.Failed"]);
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
  });

  it("of another stream first ends what was played", () => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "play", 0, null, "next");
    expect(peer.events()).toMatchObject([
      { kind: "stopped", netStreamId: 1 },
      { kind: "playRequested", netStreamId: 1, request: { stream: { name: "next" } } },
    ]);
    expect(peer.replies()).toEqual([status("NetStream.Play.Stop", "Stopped playing cam.")]);
  });

  it("while publishing first ends the publishing", () => {
    const peer = ScriptedPeer.publishing();
    peer.command(1, "play", 0, null, "other");
    expect(peer.events().map(({ kind }) => kind)).toEqual(["stopped", "playRequested"]);
    expect(peer.netStream(1).publishing).toBe(false);
  });

  it.each([false, null, undefined, "", 0])("of %o stops playing", (name) => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "play", 0, null, name);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Play.Stop"]);
  });

  it.each(["", "?key=value", "flv:"])("of %o asks for a stream without a name", (name) => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, name);
    expect(peer.events()).toMatchObject([{ kind: "playRequested", request: { stream: { name: "" } } }]);
  });

  it("under a name of unreasonable length is refused without repeating it", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, `cam?${"x".repeat(MAX_STREAM_NAME_LENGTH)}`);
    expect(peer.events()).toMatchObject([
      { kind: "refused", name: "", request: "play", reason: "NAME_INVALID" },
    ]);
    const info = { level: "error", code: "NetStream.Play.StreamNotFound", details: "" };
    expect(peer.replies()).toMatchObject([onStatus(1, info)]);
  });

  it("cannot be granted once it has been withdrawn", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "cam");
    peer.command(1, "play", 0, null, false);
    expect(() => peer.netStream(1).acceptPlay()).toThrow("none was requested");
  });

  it("is refused with the driver's reason", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "cam?key=value");
    peer.netStream(1).reject("NetStream.Play.StreamNotFound", "There is no stream cam.");
    const info = { level: "error", code: "NetStream.Play.StreamNotFound", details: "cam" };
    expect(peer.replies()).toEqual([onStatus(1, { ...info, description: "There is no stream cam." })]);
  });

  it("goes on when the publisher comes and goes", () => {
    const peer = ScriptedPeer.playing();
    peer.netStream(1).unpublishNotify();
    peer.netStream(1).publishNotify();
    expect(peer.replies()).toEqual([
      status("NetStream.Play.UnpublishNotify", "cam is now unpublished."),
      ["userControl", streamEof, 1],
      status("NetStream.Play.PublishNotify", "cam is now published."),
    ]);
  });

  it("completes with the data message and the status that Flash Media Server sends", () => {
    const peer = ScriptedPeer.playing();
    peer.netStream(1).completePlay();
    expect(peer.replies()).toEqual([
      [
        1,
        "onPlayStatus",
        { level: "status", code: "NetStream.Play.Complete", description: "Played to the end." },
      ],
      status("NetStream.Play.Stop", "Stopped playing cam."),
      ["userControl", streamEof, 1],
    ]);
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([]);
  });
});
