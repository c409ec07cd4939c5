import type { IncomingHttpHeaders } from "node:http";
import { expect, test } from "vitest";
import { networkList } from "./addresses.ts";
import { type ForwardedHeader, forwardedHops } from "./forwarded.ts";
import { MAX_FORWARDED_HOPS } from "./limits.ts";

const PROXY = "10.0.0.1";
const addresses = networkList(["10.0.0.0/8", "fd00::/8"]);

function hops(header: ForwardedHeader, headers: IncomingHttpHeaders): readonly string[] | undefined {
  return forwardedHops(PROXY, { addresses, header })?.(headers);
}

test.each([
  ["the only address", "192.0.2.1", ["192.0.2.1"]],
  ["the last that is no proxy's", "8.8.8.8, 192.0.2.1, 10.1.1.1", ["192.0.2.1", "10.1.1.1"]],
  ["the first if all are proxies'", "10.0.0.2,10.0.0.3", ["10.0.0.2", "10.0.0.3"]],
  ["an address with a port", "192.0.2.1:4711", ["192.0.2.1"]],
  ["an IPv6 address", "2001:DB8:0::1", ["2001:db8::1"]],
  ["an IPv6 address with a port", "[2001:DB8:0::1]:80", ["2001:db8::1"]],
  ["what stands after something else", "unknown, 192.0.2.1", ["192.0.2.1"]],
  ["nothing that is no address", "192.0.2.1, unknown", []],
  ["nothing of a client's quotation mark", '", 192.0.2.1', ["192.0.2.1"]],
  ["nothing of a flood", ":".repeat(60_000), []],
])("a trusted proxy is believed: X-Forwarded-For, %s", (_, said, expected) => {
  expect(hops("X-Forwarded-For", { "x-forwarded-for": said })).toEqual(expected);
});

test.each([
  ["IPv4", "for=192.0.2.1;proto=http", ["192.0.2.1"]],
  ["IPv6", 'for=192.0.2.1;proto=http, For="[2001:db8::2]:4711"', ["2001:db8::2"]],
  ["a trusted hop", "for=192.0.2.1, by=10.0.0.3; for=10.1.1.1", ["192.0.2.1", "10.1.1.1"]],
  ["empty pairs", `${";".repeat(40_000)}for=192.0.2.1`, ["192.0.2.1"]],
  ["a comma that is quoted", 'for=192.0.2.1;host="x, for=8.8.8.8"', ["192.0.2.1"]],
  ["a quotation mark that is escaped", 'for=192.0.2.1;host="x\\", for=8.8.8.8"', ["192.0.2.1"]],
  ["a client's open quotation mark", 'for="8.8.8.8, for=192.0.2.1', ["192.0.2.1"]],
  ["`for` within another value", 'host="for=8.8.8.8";for=192.0.2.1', ["192.0.2.1"]],
  ["nothing that is obfuscated", "for=192.0.2.1, for=_hidden", []],
  ["nothing without `for`", "proto=http", []],
  ["spaces around a pair", "proto=http ;  for=192.0.2.1\t", ["192.0.2.1"]],
  ["nothing of very many spaces", `by=x;${" ".repeat(1_000_000)}y`, []],
  ["nothing that is malformed", 'for=192.0.2.1"x', []],
])("a trusted proxy is believed: Forwarded, %s", (_, said, expected) => {
  expect(hops("Forwarded", { forwarded: said })).toEqual(expected);
});

test("only the header that the proxy writes counts: the other one may be its client's", () => {
  const both = { "x-forwarded-for": "192.0.2.1", forwarded: "for=198.51.100.1" };
  expect(hops("X-Forwarded-For", both)).toEqual(["192.0.2.1"]);
  expect(hops("Forwarded", both)).toEqual(["198.51.100.1"]);
  expect(hops("X-Forwarded-For", { forwarded: "for=198.51.100.1" })).toEqual([]);
});

test("a long list costs no more than a short one", () => {
  const said = "10.0.0.2, ".repeat(5_000);
  expect(hops("X-Forwarded-For", { "x-forwarded-for": `${said}10.0.0.3` })).toHaveLength(MAX_FORWARDED_HOPS);
});

test("no other peer is believed", () => {
  expect(forwardedHops("203.0.113.1", { addresses, header: "X-Forwarded-For" })).toBeUndefined();
});
