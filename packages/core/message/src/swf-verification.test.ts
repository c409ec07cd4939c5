import { describe, expect, it } from "vitest";
import { readSwfVerification, swfVerificationRequest } from "./swf-verification.ts";
import { UserControlType, userControl } from "./user-control.ts";

const DIGEST = Uint8Array.from({ length: 32 }, (_, index) => index);
const RESPONSE = Uint8Array.of(0, 27, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, ...DIGEST);

describe("SWF verification", () => {
  it("is asked for in three bytes", () => {
    expect(swfVerificationRequest().payload).toEqual(Uint8Array.of(0, 26, 1));
  });

  it("is answered with a size and a digest", () => {
    expect(readSwfVerification(RESPONSE)).toEqual({ size: 256, digest: DIGEST });
  });

  it("is not any other event", () => {
    const ping = userControl({ event: UserControlType.pingResponse, value: 1 });
    expect(readSwfVerification(ping.payload)).toBeUndefined();
  });

  it("is not there in less than an event", () => {
    for (let length = 0; length < 2; length += 1)
      expect(readSwfVerification(RESPONSE.subarray(0, length))).toBeUndefined();
  });

  it("is not read where it is cut short", () => {
    for (let length = 2; length < RESPONSE.length; length += 1)
      expect(() => readSwfVerification(RESPONSE.subarray(0, length))).toThrow(
        expect.objectContaining({ code: "MESSAGE_TRUNCATED" }),
      );
  });
});
