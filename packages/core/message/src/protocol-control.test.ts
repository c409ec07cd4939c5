import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import {
  abort,
  acknowledgement,
  BandwidthLimitType,
  MAX_CHUNK_SIZE,
  readControlValue,
  readSetChunkSize,
  setChunkSize,
  setPeerBandwidth,
  windowAcknowledgementSize,
} from "./protocol-control.ts";

describe("protocol control messages", () => {
  it.each([
    ["SetChunkSize", setChunkSize(4096), 1, "00001000"],
    ["Abort", abort(65599), 2, "0001003f"],
    ["Acknowledgement", acknowledgement(0xfffffffe), 3, "fffffffe"],
    ["WindowAcknowledgementSize", windowAcknowledgementSize(2_500_000), 5, "002625a0"],
    ["SetPeerBandwidth", setPeerBandwidth(2_500_000, BandwidthLimitType.dynamic), 6, "002625a002"],
  ])("are written as type, message stream 0 and body: %s", (_, message, type, payload) => {
    expect(message).toEqual({ type, timestamp: 0, messageStreamId: 0, payload: hex(payload) });
  });

  it("are read back", () => {
    expect(readSetChunkSize(setChunkSize(4096).payload)).toBe(4096);
    expect(readControlValue(abort(65599).payload)).toBe(65599);
    expect(readControlValue(acknowledgement(0xffffffff).payload)).toBe(0xffffffff);
    expect(readControlValue(windowAcknowledgementSize(2_500_000).payload)).toBe(2_500_000);
    expect(readControlValue(setPeerBandwidth(5_000_000, BandwidthLimitType.hard).payload)).toBe(5_000_000);
  });

  it.each([
    ["00000001", 1],
    ["00ffffff", 0xffffff],
    ["01000000", MAX_CHUNK_SIZE],
    ["7fffffff", MAX_CHUNK_SIZE],
  ])("take chunk size %s as %i, because no message is longer", (body, size) => {
    expect(readSetChunkSize(hex(body))).toBe(size);
  });

  it.each(["00000000", "80000000", "80001000", "ffffffff"])("refuse chunk size %s", (body) => {
    expect(() => readSetChunkSize(hex(body))).toThrow(
      expect.objectContaining({ code: "CHUNK_SIZE_INVALID" }),
    );
  });

  it("ignore bytes after their fields", () => {
    expect(readSetChunkSize(hex("00001000 ff"))).toBe(4096);
    expect(readControlValue(hex("00001000 ff"))).toBe(4096);
  });

  it.each(["", "00", "000010"])("refuse a body that is too short: '%s'", (body) => {
    const truncated = expect.objectContaining({ code: "MESSAGE_TRUNCATED" });
    expect(() => readSetChunkSize(hex(body))).toThrow(truncated);
    expect(() => readControlValue(hex(body))).toThrow(truncated);
  });
});
