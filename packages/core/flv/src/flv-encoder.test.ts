import { hex } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { encodeFlvTag, writeFlvHeader } from "./flv-encoder.ts";

describe("writeFlvHeader", () => {
  test.each([
    [true, true, "05"],
    [true, false, "04"],
    [false, true, "01"],
    [false, false, "00"],
  ])(
    "sets the flags for audio %s and video %s, and ends with the first PreviousTagSize",
    (hasAudio, hasVideo, flags) => {
      expect(writeFlvHeader({ hasAudio, hasVideo })).toEqual(hex(`464c5601 ${flags} 00000009 00000000`));
    },
  );
});

describe("encodeFlvTag", () => {
  test("puts the header in front of the payload and the tag's size behind it", () => {
    expect(encodeFlvTag({ type: 9, timestamp: 0x01020304, payload: hex("1702000000") })).toEqual(
      hex("09 000005 020304 01 000000 1702000000 00000010"),
    );
  });

  test("writes the timestamp of an RTMP message beyond 2^31 as the same 32 bits", () => {
    const payload = hex("2f");
    const expected = hex("08 000001 fffffe ff 000000 2f 0000000c");
    expect(encodeFlvTag({ type: 8, timestamp: 0xfffffffe, payload })).toEqual(expected);
    expect(encodeFlvTag({ type: 8, timestamp: -2, payload })).toEqual(expected);
  });

  test("refuses a payload whose size does not fit in 24 bits", () => {
    const payload = new Uint8Array(0x1000000);
    expect(() => encodeFlvTag({ type: 9, timestamp: 0, payload })).toThrow("at most 16777215 bytes");
    expect(encodeFlvTag({ type: 9, timestamp: 0, payload: payload.subarray(1) })).toHaveLength(
      0x1000000 + 14,
    );
  });
});
