import { expect, test } from "vitest";
import { networkList } from "./addresses.ts";
import { forwardedClient } from "./forwarded.ts";

const TRUSTED = networkList(["10.0.0.0/8", "fd00::/8"]);

test.each([
  ["the only address", { "x-forwarded-for": "192.0.2.1" }, "192.0.2.1"],
  ["the last that is no proxy's", { "x-forwarded-for": "8.8.8.8, 192.0.2.1, 10.1.1.1" }, "192.0.2.1"],
  ["the first if all are proxies'", { "x-forwarded-for": "10.0.0.2,10.0.0.3" }, "10.0.0.2"],
  ["an address with a port", { "x-forwarded-for": "192.0.2.1:4711" }, "192.0.2.1"],
  ["an IPv6 address", { "x-forwarded-for": "2001:DB8:0::1" }, "2001:db8::1"],
  ["Forwarded", { forwarded: 'for=192.0.2.1;proto=http, For="[2001:db8::2]:4711"' }, "2001:db8::2"],
  ["what stands after something else", { "x-forwarded-for": "unknown, 192.0.2.1" }, "192.0.2.1"],
  ["nothing that is no address", { "x-forwarded-for": "192.0.2.1, unknown" }, undefined],
  ["nothing where nothing is said", {}, undefined],
])("a trusted proxy is believed: %s", (_, headers, client) => {
  expect(forwardedClient(headers, "10.0.0.1", TRUSTED)).toBe(client);
});

test("nobody else is believed", () => {
  expect(forwardedClient({ "x-forwarded-for": "192.0.2.1" }, "203.0.113.1", TRUSTED)).toBeUndefined();
});
