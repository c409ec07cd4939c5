import { ProtocolError } from "@headgate/bytes";
import { describe, expect, test } from "vitest";
import { type RtmpVersion, requireRtmpVersion } from "./rtmp-version.ts";

function refusal(input: Uint8Array, accepted: readonly RtmpVersion[] = [3]): ProtocolError {
  try {
    requireRtmpVersion(input, accepted);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
  }
  throw new Error("was not refused");
}

const ascii = (text: string) => new TextEncoder().encode(text);

test("an accepted version is told, and input that is not there yet is no error", () => {
  expect(requireRtmpVersion(Uint8Array.of(3, 0, 0), [3])).toBe(3);
  expect(requireRtmpVersion(Uint8Array.of(8, 0, 0), [3, 6, 8, 9])).toBe(8);
  expect(requireRtmpVersion(new Uint8Array(0), [3])).toBeUndefined();
});

test("plain RTMP is refused where RTMPE was asked for", () => {
  expect(refusal(Uint8Array.of(3), [6, 8, 9]).message).toMatch(/version 6, 8, 9, got 0x03: plain RTMP/);
});

describe("a refusal says what arrived", () => {
  test.each([
    {
      from: "an HTTP client",
      input: ascii("GET /live/a.flv HTTP/1.1\r\n"),
      says: /GET \/live.*looks like HTTP/,
    },
    { from: "an HTTP server", input: ascii("HTTP/1.1 400 Bad Request\r\n"), says: /"HTTP\/1.1 400.*HTTP/ },
    { from: "one letter", input: ascii("P"), says: /"P".*looks like HTTP/ },
    { from: "a TLS client", input: Uint8Array.of(0x16, 3, 1), says: /0x16.*looks like TLS.*RTMPS is needed/ },
    { from: "a TLS alert", input: Uint8Array.of(0x15, 3, 1), says: /0x15.*looks like TLS/ },
    { from: "RTMPE", input: Uint8Array.of(6), says: /0x06.*RTMPE.*not enabled/ },
    { from: "RTMPE with XTEA", input: Uint8Array.of(8), says: /0x08.*RTMPE.*not enabled/ },
    { from: "RTMPE with Blowfish", input: Uint8Array.of(9), says: /0x09.*RTMPE.*not enabled/ },
    { from: "a proxy", input: Uint8Array.of(0x0d, 0x0a), says: /0x0d.*PROXY protocol/ },
    { from: "a text proxy", input: ascii("PROXY TCP4 10.0.0.1"), says: /PROXY protocol/ },
    { from: "old RTMP", input: Uint8Array.of(0), says: /0x00.*obsolete/ },
    { from: "garbage", input: Uint8Array.of(0xfe, 0x41), says: /0xfe: neither RTMP/ },
  ])("from $from", ({ input, says }) => {
    const error = refusal(input);
    expect(error.code).toBe("HANDSHAKE_VERSION_UNSUPPORTED");
    expect(error.message).toMatch(says);
  });
});

test("only printable text of bounded length gets into the message", () => {
  const { message } = refusal(ascii(`GET /${"x".repeat(5000)}`));
  expect(message.length).toBeLessThan(250);
  expect(refusal(ascii("A\u001b[31m\r\nfake log line")).message).toContain('("A")');
});
