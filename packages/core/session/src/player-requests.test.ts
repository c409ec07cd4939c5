import type { AmfValue } from "@headgate/amf";
import { MessageType, UserControlType, userControl } from "@headgate/message";
import { describe, expect, it } from "vitest";
import type { NetStream } from "./net-stream.ts";
import { onStatus, ScriptedPeer, statusCodes } from "./scripted-peer.test.helper.ts";

const { streamBegin, streamEof, streamIsRecorded } = UserControlType;

function status(code: string, description: string) {
  return onStatus(1, { level: "status", code, description, details: "cam" });
}

function setBufferLength(peer: ScriptedPeer, netStreamId: number, lengthMs: number): void {
  const event = { event: UserControlType.setBufferLength, value: netStreamId, bufferLengthMs: lengthMs };
  peer.message(MessageType.userControl, 0, userControl(event).payload);
}

describe("seek", () => {
  it("waits for the driver's answer", () => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "seek", 0, null, 5000.5);
    expect(peer.events()).toEqual([{ kind: "seekRequested", netStreamId: 1, positionMs: 5000.5 }]);
    expect(peer.replies()).toEqual([]);
  });

  it("is granted in the order in which Flash Media Server says so", () => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "seek", 0, null, 5000);
    peer.netStream(1).acceptSeek(4000);
    expect(peer.replies()).toEqual([
      ["userControl", streamEof, 1],
      ["userControl", streamIsRecorded, 1],
      ["userControl", streamBegin, 1],
      status("NetStream.Seek.Notify", "Seeking 4000 (stream ID: 1)."),
      status("NetStream.Play.Start", "Started playing cam."),
    ]);
  });

  it("is refused with the driver's reason, and what is played goes on", () => {
    const peer = ScriptedPeer.playing();
    peer.command(1, "seek", 0, null, 5000);
    peer.netStream(1).rejectSeek("A live stream has no seek.");
    const info = { level: "error", code: "NetStream.Seek.Failed", details: "cam" };
    expect(peer.replies()).toEqual([onStatus(1, { ...info, description: "A live stream has no seek." })]);
    peer.events();
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
  });

  it.each([undefined, null, "1", true, -5, Number.NaN, Number.POSITIVE_INFINITY])(
    "to %o means the beginning",
    (position) => {
      const peer = ScriptedPeer.playing();
      peer.command(1, "seek", 0, null, position);
      expect(peer.events()).toMatchObject([{ kind: "seekRequested", positionMs: 0 }]);
    },
  );

  it("fails where nothing is played", () => {
    for (const peer of [ScriptedPeer.connected(1), ScriptedPeer.publishing()]) {
      peer.command(1, "seek", 0, null, 5000);
      expect(peer.events()).toEqual([]);
      expect(statusCodes(peer.replies())).toEqual(["NetStream.Seek.Failed"]);
    }
  });
});

describe("pause", () => {
  it.each(["pause", "pauseRaw"])("as %s waits for the driver's answer, and so does its end", (name) => {
    const peer = ScriptedPeer.playing();
    peer.command(1, name, 0, null, true, 1234);
    peer.command(1, name, 0, null, false, 1234);
    const request = { kind: "pauseRequested", netStreamId: 1, positionMs: 1234 };
    expect(peer.events()).toEqual([
      { ...request, paused: true },
      { ...request, paused: false },
    ]);
    expect(peer.replies()).toEqual([]);
    peer.netStream(1).acceptPause(true);
    peer.netStream(1).acceptPause(false);
    expect(peer.replies()).toEqual([
      status("NetStream.Pause.Notify", "Pausing cam."),
      status("NetStream.Unpause.Notify", "Unpausing cam."),
    ]);
  });

  it("means nothing where nothing is played", () => {
    const peer = ScriptedPeer.publishing();
    peer.command(1, "pause", 0, null, true, 0);
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toEqual([]);
  });
});

describe("receiveAudio and receiveVideo", () => {
  const names = [
    ["audio", "receiveAudio"],
    ["video", "receiveVideo"],
  ] as const;

  it.each(names)("of %s are answered only when it is switched on", (media, name) => {
    const peer = ScriptedPeer.playing();
    for (const enabled of [false, true]) {
      peer.command(1, name, 0, null, enabled);
      expect(peer.events()).toEqual([{ kind: "receiveRequested", netStreamId: 1, media, enabled }]);
      expect(peer.replies()).toEqual([]);
      peer.netStream(1).acceptReceive(media, enabled);
      const codes = ["NetStream.Seek.Notify", "NetStream.Play.Start"];
      expect(statusCodes(peer.replies())).toEqual(enabled ? codes : []);
    }
  });

  it.each(names)("of %s before play hold for every play", (media, name) => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, name, 0, null, true);
    peer.command(1, name, 0, null, false);
    expect(peer.events()).toEqual([]);
    expect(peer.replies()).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      peer.command(1, "play", 0, null, "cam");
      const told = peer.events().filter(({ kind }) => kind !== "stopped");
      expect(told).toMatchObject([
        { kind: "playRequested" },
        { kind: "receiveRequested", media, enabled: false },
      ]);
    }
  });
});

describe("the buffer's length", () => {
  it("is told of what is played, and wants no answer", () => {
    const peer = ScriptedPeer.playing();
    setBufferLength(peer, 1, 3000);
    expect(peer.events()).toEqual([{ kind: "bufferLengthChanged", netStreamId: 1, lengthMs: 3000 }]);
    expect(peer.replies()).toEqual([]);
  });

  it("before play holds for every play", () => {
    const peer = ScriptedPeer.connected(1);
    setBufferLength(peer, 1, 100);
    setBufferLength(peer, 1, 3000);
    expect(peer.events()).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      peer.command(1, "play", 0, null, "cam");
      const told = peer.events().filter(({ kind }) => kind !== "stopped");
      expect(told).toMatchObject([
        { kind: "playRequested" },
        { kind: "bufferLengthChanged", lengthMs: 3000 },
      ]);
    }
  });

  it("of NetStream 0 or of none that is open means nothing", () => {
    const peer = ScriptedPeer.playing();
    for (const netStreamId of [0, 2, 0xffffffff]) setBufferLength(peer, netStreamId, 3000);
    expect(peer.events()).toEqual([]);
  });
});

describe("what a player wants before its play is answered", () => {
  it("comes behind it", () => {
    const peer = ScriptedPeer.connected(1);
    peer.command(1, "play", 0, null, "cam");
    peer.command(1, "seek", 0, null, 5000);
    peer.command(1, "pause", 0, null, true, 0);
    peer.command(1, "receiveAudio", 0, null, false);
    setBufferLength(peer, 1, 100);
    expect(peer.events().map(({ kind }) => kind)).toEqual([
      "playRequested",
      "seekRequested",
      "pauseRequested",
      "receiveRequested",
      "bufferLengthChanged",
    ]);
    expect(peer.replies()).toEqual([]);
  });
});

describe("what a player wants", () => {
  const answers: readonly [string, (netStream: NetStream) => void][] = [
    ["seek", (netStream) => netStream.acceptSeek(0)],
    ["seek", (netStream) => netStream.rejectSeek("No.")],
    ["pause", (netStream) => netStream.acceptPause(true)],
    ["receive", (netStream) => netStream.acceptReceive("audio", true)],
  ];

  it.each(answers)("cannot be answered once the play has been withdrawn or refused: %s", (name, answer) => {
    const ends: readonly ((peer: ScriptedPeer) => void)[] = [
      (peer) => peer.command(1, "closeStream", 0, null),
      (peer) => peer.command(1, "play", 0, null, false),
      (peer) => peer.command(1, "play", 0, null, "other"),
      (peer) => peer.netStream(1).reject("NetStream.Play.Failed", "No."),
      (peer) => peer.netStream(1).completePlay(),
    ];
    for (const end of ends) {
      const peer = ScriptedPeer.playing();
      end(peer);
      peer.replies();
      expect(() => answer(peer.netStream(1))).toThrow(`${name} was answered, but nothing is played`);
      expect(peer.replies()).toEqual([]);
    }
  });

  it("keeps nothing for it, however often it is asked", () => {
    const peer = ScriptedPeer.playing();
    const { heldBytes } = peer.connection;
    for (let i = 0; i < 1000; i += 1) {
      peer.command(1, "seek", 0, null, i);
      setBufferLength(peer, 1, i);
      peer.events();
    }
    expect(peer.connection.heldBytes).toBe(heldBytes);
  });
});

describe("play2", () => {
  it("is refused, and what is played goes on", () => {
    const peer = ScriptedPeer.playing();
    const options: AmfValue = { streamName: "other" };
    peer.command(1, "play2", 0, null, options);
    expect(peer.events()).toMatchObject([{ kind: "refused", reason: "SWITCH_UNSUPPORTED" }]);
    const info = { level: "error", code: "NetStream.Play.Failed" };
    expect(peer.replies()).toMatchObject([[1, "onStatus", 0, null, info]]);
    peer.command(1, "closeStream", 0, null);
    expect(peer.events()).toEqual([{ kind: "stopped", netStreamId: 1 }]);
  });
});
