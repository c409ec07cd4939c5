import { expect, test } from "vitest";
import { sniff } from "./first-bytes.ts";

const PROXY_V2 = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

function bytesOf(content: string | readonly number[]): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content);
}

test.each([
  ["RTMP", [3], "rtmp"],
  ["RTMPE", [6], "rtmp"],
  ["RTMPE with XTEA", [8], "rtmp"],
  ["RTMPE with Blowfish", [9], "rtmp"],
  ["TLS", [0x16], "tls"],
  ["a browser", "GET / HTTP/1.1\r\n", "http"],
  ["a tunnel", "POST /open/1 HTTP/1.1\r\n", "http"],
  ["a request through a forward proxy", "CONNECT ", "http"],
  ["PROXY version 1", "PROXY TCP4 ", "proxy"],
  ["PROXY version 2", PROXY_V2, "proxy"],
  ["obsolete RTMP", [2], "unknown"],
  ["SSH", "SSH-2.0", "unknown"],
  ["a method in small letters", "get / HTTP/1.1", "unknown"],
  ["a word that begins as a method does", "GETTING", "unknown"],
  ["a line end that is no PROXY header", "\r\n\r\nx", "unknown"],
  ["a zero", [0], "unknown"],
  ["0xff", [255, 255], "unknown"],
] as const)("%s is told by its first bytes", (_, content, expected) => {
  expect(sniff(bytesOf(content))).toBe(expected);
});

test("what more bytes can decide is left open, byte by byte, and decided once for all", () => {
  for (const content of ["POST ", "PROXY ", "DELETE ", "OPTIONS ", PROXY_V2]) {
    const bytes = bytesOf(content);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(sniff(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(sniff(bytes)).toBe(sniff(Uint8Array.of(...bytes, 0xff)));
  }
});

test("every first byte is decided within 12 bytes", () => {
  for (let first = 0; first < 256; first += 1) {
    expect(sniff(Uint8Array.of(first, ...new Uint8Array(11)))).toBeDefined();
  }
});
