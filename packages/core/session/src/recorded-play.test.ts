import type { AmfValue } from "@headgate/amf";
import { UserControlType } from "@headgate/message";
import { describe, expect, it } from "vitest";
import { MAX_PLAYLIST_ITEMS, MAX_STREAM_NAME_LENGTH } from "./limits.ts";
import { onStatus, ScriptedPeer, statusCodes } from "./scripted-peer.test.helper.ts";

const { streamBegin, streamEof, streamIsRecorded } = UserControlType;

const PLAYED = { durationMs: 12_345, bytes: 678, endTimestamp: 12_345 };

/** A peer that plays the recording `film`. */
function playing(): ScriptedPeer {
  const peer = ScriptedPeer.connected(1);
  peer.command(1, "play", 0, null, "film");
  peer.netStream(1).acceptPlay({ isRecorded: true });
  peer.events();
  peer.replies();
  return peer;
}

function queue(peer: ScriptedPeer, name: string): void {
  peer.command(1, "play", 0, null, name, -2, -1, false);
}

function status(code: string, description: string, details = "film") {
  return onStatus(1, { level: "status", code, description, details });
}

const START = status("NetStream.Play.Start", "Started playing film.");

describe("playing a recording", () => {
  it("is granted with StreamIsRecorded before StreamBegin, and Data.Start behind all else", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "film");
    peer.netStream(1).acceptPlay({ isRecorded: true });
    expect(peer.replies()).toEqual([
      ["userControl", streamIsRecorded, 1],
      ["userControl", streamBegin, 1],
      status("NetStream.Play.Reset", "Playing and resetting film."),
      START,
      [1, "|RtmpSampleAccess", true, true],
      [1, "onStatus", { code: "NetStream.Data.Start" }],
    ]);
  });

  it("is paused with StreamEOF, and goes on with StreamIsRecorded and StreamBegin", () => {
    const peer = playing();
    peer.netStream(1).acceptPause(true);
    peer.netStream(1).acceptPause(false);
    expect(peer.replies()).toEqual([
      status("NetStream.Pause.Notify", "Pausing film."),
      ["userControl", streamEof, 1],
      ["userControl", streamIsRecorded, 1],
      ["userControl", streamBegin, 1],
      status("NetStream.Unpause.Notify", "Unpausing film."),
    ]);
  });

  it("ends with what was played, and StreamEOF last", () => {
    const peer = playing();
    peer.netStream(1).completePlay(PLAYED);
    const info = { level: "status", code: "NetStream.Play.Complete", duration: 12.345, bytes: 678 };
    expect(peer.replies()).toEqual([
      [1, "onPlayStatus", info],
      status("NetStream.Play.Stop", "Stopped playing film."),
      ["userControl", streamEof, 1],
    ]);
  });

  it("goes on after its end when the player seeks, and is stopped without being told so twice", () => {
    const peer = playing();
    peer.netStream(1).completePlay(PLAYED);
    peer.command(1, "seek", 0, null, 5000);
    expect(peer.events()).toEqual([{ kind: "seekRequested", netStreamId: 1, positionMs: 5000 }]);
    peer.netStream(1).acceptSeek(4000);
    peer.netStream(1).completePlay(PLAYED);
    peer.replies();
    peer.command(1, "closeStream", 0, null);
    expect(peer.replies()).toEqual([]);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
  });
});

describe("a playlist", () => {
  it("goes on with Switch and Play.Start, and times that go on", () => {
    const peer = playing();
    queue(peer, "flv:next?a=b");
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toEqual([]);
    peer.netStream(1).completePlay(PLAYED);
    expect(peer.replies()).toEqual([
      [1, "onPlayStatus", { level: "status", code: "NetStream.Play.Switch", duration: 12.345, bytes: 678 }],
    ]);
    expect(peer.events()).toMatchObject([
      { kind: "stopped" },
      {
        kind: "playRequested",
        request: {
          stream: { name: "next", query: "a=b", format: "flv" },
          continuesAtMs: 12_345,
          reset: false,
        },
      },
    ]);
    peer.netStream(1).acceptPlay({ isRecorded: true });
    expect(peer.replies()).toEqual([status("NetStream.Play.Start", "Started playing next.", "next")]);
  });

  it("may be told before the first play is answered, and is told media and buffer of the player each time", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "receiveAudio", 0, null, false);
    peer.command(1, "play", 0, null, "film");
    queue(peer, "next");
    expect(peer.events().map(({ kind }) => kind)).toEqual(["playRequested", "receiveRequested"]);
    peer.netStream(1).acceptPlay({ isRecorded: true });
    peer.netStream(1).completePlay(PLAYED);
    expect(peer.events().map(({ kind }) => kind)).toEqual(["stopped", "playRequested", "receiveRequested"]);
  });

  it("behind what turns out to be live is refused", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "cam");
    queue(peer, "next");
    queue(peer, "last");
    peer.events();
    peer.netStream(1).acceptPlay();
    const codes = ["NetStream.Play.Reset", "NetStream.Play.Start", "NetStream.Play.Failed"];
    expect(statusCodes(peer.replies())).toEqual(codes);
    expect(peer.events()).toMatchObject([{ kind: "refused", reason: "PLAYLIST_UNSUPPORTED" }]);
  });

  it("is over when the player resets it or stops", () => {
    for (const end of [
      (peer: ScriptedPeer) => peer.command(1, "closeStream", 0, null),
      (peer: ScriptedPeer) => peer.command(1, "play", 0, null, "other"),
      (peer: ScriptedPeer) => peer.netStream(1).reject("NetStream.Play.Failed", "No."),
    ]) {
      const peer = playing();
      const { heldBytes } = peer.connection;
      queue(peer, "a name that is longer");
      expect(peer.connection.heldBytes).toBeGreaterThan(heldBytes);
      end(peer);
      expect(peer.connection.heldBytes).toBeLessThanOrEqual(heldBytes + 10);
    }
  });

  it("has limits in number, and in the length of names", () => {
    const peer = playing();
    for (let i = 0; i < MAX_PLAYLIST_ITEMS; i += 1) queue(peer, "next");
    expect(peer.replies()).toEqual([]);
    queue(peer, "next");
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Play.Failed"]);
    expect(peer.events()).toMatchObject([{ kind: "refused", reason: "PLAYLIST_EXCEEDED" }]);
    const other = playing();
    for (let i = 0; i < 3; i += 1) queue(other, "n".repeat(MAX_STREAM_NAME_LENGTH));
    expect(other.events()).toMatchObject([{ kind: "refused", reason: "PLAYLIST_EXCEEDED" }]);
    queue(other, "n".repeat(MAX_STREAM_NAME_LENGTH + 1));
    expect(other.events()).toMatchObject([{ kind: "refused", reason: "NAME_INVALID" }]);
  });
});

describe("play2 of a recording", () => {
  function play2(peer: ScriptedPeer, options: { readonly [key: string]: AmfValue }): void {
    peer.command(1, "play2", 0, null, options);
  }

  it("waits for the driver's answer, which the other recording follows", () => {
    const peer = playing();
    play2(peer, { streamName: "mp4:large", oldStreamName: "film", start: 0, len: -1, transition: "switch" });
    expect(peer.events()).toMatchObject([
      {
        kind: "switchRequested",
        request: { stream: { name: "large", format: "mp4" }, start: 0, durationMs: undefined },
        positionMs: undefined,
      },
    ]);
    expect(peer.replies()).toEqual([]);
    peer.netStream(1).acceptSwitch("large", false);
    const info = { level: "status", code: "NetStream.Play.Transition", description: "Switching to large." };
    const details = { details: "large", reason: "NetStream.Transition.Success" };
    expect(peer.replies()).toEqual([onStatus(1, { ...info, ...details })]);
    peer.netStream(1).completeSwitch(7000);
    const [message] = peer.outgoing();
    expect(message?.timestamp).toBe(7000);
    peer.netStream(1).completeSwitch(8000);
    expect(peer.outgoing()).toEqual([]);
    peer.netStream(1).acceptSeek(0);
    expect(peer.replies().at(-1)).toMatchObject([1, "onStatus", 0, null, { details: "large" }]);
  });

  it.each([
    [undefined, undefined],
    [-1, "fast"],
    [5000, 5000],
    [Number.NaN, undefined],
  ])("with an offset of %o switches at %o", (offset, positionMs) => {
    const peer = playing();
    play2(peer, { streamName: "large", transition: "switch", offset });
    expect(peer.events()).toMatchObject([{ kind: "switchRequested", positionMs }]);
  });

  it("is refused, and what is played goes on", () => {
    const peer = playing();
    play2(peer, { streamName: "large", transition: "swap" });
    peer.netStream(1).rejectSwitch("No.");
    expect(statusCodes(peer.replies())).toEqual(["NetStream.Play.Failed"]);
    peer.events();
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
  });

  it.each([
    ["reset", ["stopped", "playRequested"]],
    ["resume", ["stopped", "playRequested"]],
    ["append", []],
    ["appendAndWait", []],
    ["stop", ["stopped"]],
    ["anything", ["switchRequested"]],
    ["__proto__", ["switchRequested"]],
  ])("with the transition %s leads to %o", (transition, kinds) => {
    const peer = playing();
    play2(peer, { streamName: "large", transition });
    expect(peer.events().map(({ kind }) => kind)).toEqual(kinds);
  });

  it("without a name stops, and where nothing is played begins", () => {
    const peer = playing();
    play2(peer, {});
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
    play2(peer, {});
    expect(peer.events()).toMatchObject([{ kind: "refused", reason: "SWITCH_UNSUPPORTED" }]);
    play2(peer, { streamName: "film", start: 1000, len: 500 });
    expect(peer.events()).toMatchObject([
      {
        kind: "playRequested",
        request: { stream: { name: "film" }, start: 1000, durationMs: 500, reset: true },
      },
    ]);
  });

  it("cannot name what is too long", () => {
    const peer = playing();
    play2(peer, { streamName: "n".repeat(MAX_STREAM_NAME_LENGTH + 1), transition: "switch" });
    expect(peer.events()).toMatchObject([{ kind: "refused", reason: "NAME_INVALID" }]);
  });
});
