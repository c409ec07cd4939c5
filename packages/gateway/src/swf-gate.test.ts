import { describe, expect, it } from "vitest";
import type { NetStreamEvent } from "./peer-streams.ts";
import { SwfGate } from "./swf-gate.ts";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));

/** Of the SWF 46575309100000000102030405060708, and what librtmp answers with where S1 ends with 32 times 0xab. */
const SWF = {
  size: 16,
  hash: bytes("1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518"),
};
const KEY = new Uint8Array(32).fill(0xab);
const ANSWER = {
  size: 16,
  digest: bytes("cb565443cf0a70dfaa8d8c43734571f1eb7d7be8ee8ee09412158115d607f6f5"),
};

const request = {
  stream: { name: "cam", query: "" },
  start: "any",
  durationMs: undefined,
  reset: true,
} as const;
const play = (netStreamId = 1): NetStreamEvent => ({ kind: "playRequested", netStreamId, request });
const muted: NetStreamEvent = { kind: "receive", netStreamId: 1, media: "audio", enabled: false };

const refused = expect.objectContaining({ code: "SWF_NOT_VERIFIED" });

describe("the gate before an application with SWF verification", () => {
  it("keeps what a player asks for until it has answered rightly, and then is open", () => {
    const gate = new SwfGate(KEY, 0);
    expect([gate.admit(play(), [SWF]), gate.admit(muted)]).toEqual([false, false]);
    expect(gate.open(ANSWER)).toEqual([play(), muted]);
    expect([gate.admit(play(2), [SWF]), gate.admit(muted)]).toEqual([true, true]);
    expect(() => gate.check(1_000_000)).not.toThrow();
  });

  it("opens for each of several SWFs", () => {
    const other = { size: 16, hash: new Uint8Array(32) };
    const gate = new SwfGate(KEY, 0);
    gate.admit(play(), [other, SWF]);
    expect(gate.open(ANSWER)).toEqual([play()]);
  });

  it.each([
    ["another SWF's digest", { ...ANSWER, digest: new Uint8Array(32) }, KEY],
    ["another size", { ...ANSWER, size: 17 }, KEY],
    ["another connection's digest", ANSWER, new Uint8Array(32)],
  ])("does not open for %s", (_, answer, key) => {
    const gate = new SwfGate(key, 0);
    gate.admit(play(), [SWF]);
    expect(() => gate.open(answer)).toThrow(refused);
  });

  it("asks each stream whether the SWF that was told may play it", () => {
    const gate = new SwfGate(KEY, 0);
    gate.open(ANSWER);
    expect(gate.admit(play(1), [SWF])).toBe(true);
    expect(() => gate.admit(play(2), [{ ...SWF, size: 17 }])).toThrow(refused);
  });

  it("lets a player pass to streams that anybody may play", () => {
    const gate = new SwfGate(KEY, 0);
    gate.admit(play(1), [SWF]);
    expect(gate.admit(play(2))).toBe(true);
  });

  it("lets publishers pass, who are made of no SWF", () => {
    const gate = new SwfGate(undefined, 0);
    const publish = {
      kind: "publishRequested",
      netStreamId: 2,
      stream: request.stream,
      type: "live",
    } as const;
    expect(gate.admit(publish)).toBe(true);
    expect(() => gate.check(1_000_000)).not.toThrow();
  });

  it("refuses a player whose handshake had no digest as soon as it wants to play", () => {
    expect(() => new SwfGate(undefined, 0).admit(play(), [SWF])).toThrow(refused);
  });

  it("refuses a player that does not answer in time", () => {
    const gate = new SwfGate(KEY, 0);
    gate.admit(play(), [SWF]);
    expect(() => gate.check(4_999)).not.toThrow();
    expect(() => gate.check(5_000)).toThrow(refused);
  });

  it("refuses a player that asks for ever more before it has answered", () => {
    const gate = new SwfGate(KEY, 0);
    for (let i = 0; i < 32; i += 1) gate.admit(play(), [SWF]);
    expect(() => gate.admit(play(), [SWF])).toThrow(refused);
  });
});
