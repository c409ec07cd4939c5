import { ProtocolError } from "@headgate/bytes";
import { expect, test } from "vitest";
import { readProxyHeader } from "./proxy-header.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const IPV4_BODY = "c0000201c0000202dc0401bb";
const IPV6_BODY = `20010db8${"00".repeat(11)}01${"20010db8"}${"00".repeat(11)}02dc0401bb`;

function line(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** Version 2, with the length of what follows. */
function binary(commandAndFamily: string, body: string): Uint8Array {
  return hex(`${SIGNATURE}${commandAndFamily}${(body.length / 2).toString(16).padStart(4, "0")}${body}`);
}

const HEADERS: readonly (readonly [string, Uint8Array, { address: string; port: number } | undefined])[] = [
  ["v1 of IPv4", line("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), { address: "192.0.2.1", port: 56324 }],
  ["v1 of IPv6", line("PROXY TCP6 2001:DB8:0::1 ::2 1 443\r\n"), { address: "2001:db8::1", port: 1 }],
  ["v1 of the unknown", line("PROXY UNKNOWN\r\n"), undefined],
  ["v1 of the unknown with addresses", line("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), undefined],
  ["v2 of IPv4", binary("2111", IPV4_BODY), { address: "192.0.2.1", port: 56324 }],
  ["v2 with an extension", binary("2111", `${IPV4_BODY}04000101`), { address: "192.0.2.1", port: 56324 }],
  ["v2 of IPv6", binary("2121", IPV6_BODY), { address: "2001:db8::1", port: 56324 }],
  [
    "v2 of IPv4 within IPv6",
    binary("2121", `${"00".repeat(10)}ffffc0000201${"00".repeat(16)}000101bb`),
    { address: "192.0.2.1", port: 1 },
  ],
  ["v2 of the proxy itself", binary("2000", ""), undefined],
  ["v2 of the proxy itself with addresses", binary("2011", IPV4_BODY), undefined],
  ["v2 of a unix socket", binary("2131", "00".repeat(216)), undefined],
];

test.each(HEADERS)("%s is read, and no byte beyond it", (_, header, client) => {
  expect(readProxyHeader(Uint8Array.of(...header, 3, 13, 10))).toEqual({ length: header.length, client });
});

test.each(HEADERS)("%s is waited for until it is whole", (_, header) => {
  // Its first bytes have been recognised when it is read.
  for (let length = 6; length < header.length; length += 1) {
    expect(readProxyHeader(header.subarray(0, length))).toBeUndefined();
  }
});

test.each([
  ["a line without an end", line(`PROXY TCP4 ${"1".repeat(100)}`)],
  ["an address that is none", line("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n")],
  ["an address of the other family", line("PROXY TCP4 ::1 ::2 1 2\r\n")],
  ["a host name", line("PROXY TCP4 localhost localhost 1 2\r\n")],
  ["a port that is none", line("PROXY TCP4 192.0.2.1 192.0.2.2 65536 443\r\n")],
  ["no port", line("PROXY TCP4 192.0.2.1\r\n")],
  ["an unknown protocol", line("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n")],
  ["nothing", line("PROXY \r\n")],
  ["version 1 in binary", binary("1111", IPV4_BODY)],
  ["an unknown command", binary("2211", IPV4_BODY)],
  ["addresses that are cut off", binary("2121", IPV4_BODY)],
  ["a length beyond all use", hex(`${SIGNATURE}2111ffff`)],
])("a header with %s is refused", (_, header) => {
  expect(() => readProxyHeader(header)).toThrow(ProtocolError);
  expect(() => readProxyHeader(header)).toThrow(expect.objectContaining({ code: "PROXY_HEADER_INVALID" }));
});
