import { hex } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import { readUserControl, type UserControl, UserControlType, userControl } from "./user-control.ts";

/** RTMP 1.0 §7.1.7; buffer empty and buffer ready as Flash Media Server sends them. */
const EVENTS: readonly (readonly [string, UserControl])[] = [
  ["0000 00000001", { event: UserControlType.streamBegin, value: 1 }],
  ["0001 00000001", { event: UserControlType.streamEof, value: 1 }],
  ["0002 00000001", { event: UserControlType.streamDry, value: 1 }],
  ["0003 00000001 00000bb8", { event: UserControlType.setBufferLength, value: 1, bufferLengthMs: 3000 }],
  ["0004 00000001", { event: UserControlType.streamIsRecorded, value: 1 }],
  ["0006 fffffffe", { event: UserControlType.pingRequest, value: 0xfffffffe }],
  ["0007 fffffffe", { event: UserControlType.pingResponse, value: 0xfffffffe }],
  ["001f 00000001", { event: UserControlType.bufferEmpty, value: 1 }],
  ["0020 00000001", { event: UserControlType.bufferReady, value: 1 }],
];

describe("user control messages", () => {
  it.each(EVENTS)("are written as %s", (body, event) => {
    expect(userControl(event)).toEqual({ type: 4, timestamp: 0, messageStreamId: 0, payload: hex(body) });
  });

  it.each(EVENTS)("are read from %s", (body, event) => {
    expect(readUserControl(hex(body))).toEqual(event);
  });

  it("read the endless buffer of librtmp for a stream that does not exist yet", () => {
    expect(readUserControl(hex("0003 00000000 02255100"))).toEqual({
      event: UserControlType.setBufferLength,
      value: 0,
      bufferLengthMs: 36_000_000,
    });
  });

  it.each(["001a", "001b 00", "0029 0001000200030004", "ffff"])("are not known with the body %s", (body) => {
    expect(readUserControl(hex(body))).toBeUndefined();
  });

  it("ignore bytes after their fields", () => {
    expect(readUserControl(hex("0006 00000001 ffff"))).toEqual({ event: 6, value: 1 });
  });

  it.each(["", "00", "0000", "0007 000000", "001f 0000", "0003", "0003 00000001", "0003 00000001 000000"])(
    "are nothing when cut short, if they ask for nothing: '%s'",
    (body) => {
      expect(readUserControl(hex(body))).toBeUndefined();
    },
  );

  it.each(["0006", "0006 000000"])("are refused as a ping request cut short: '%s'", (body) => {
    expect(() => readUserControl(hex(body))).toThrow(expect.objectContaining({ code: "MESSAGE_TRUNCATED" }));
  });
});
