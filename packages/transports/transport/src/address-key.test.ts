import { expect, test } from "vitest";
import { addressKey } from "./address-key.ts";

const KEYS: Readonly<Record<string, readonly string[]>> = {
  "192.0.2.1": ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"],
  "192.0.2.2": ["192.0.2.2"],
  "2001:db8:0:1::/64": [
    "2001:db8:0:1::",
    "2001:db8:0:1::1",
    "2001:DB8:0:1:ffff:ffff:ffff:ffff",
    "2001:0db8:0000:0001:1:2:3:4",
  ],
  "2001:db8:0:2::/64": ["2001:db8:0:2::1"],
  "2001:db8:1:2::/64": ["2001:db8:1:2:3:4:5:6"],
  "0:0:0:0::/64": ["::1", "::", "::192.0.2.1"],
  "1:0:0:0::/64": ["1::", "1::1.2.3.4"],
  "fe80:0:0:0::/64%eth0": ["fe80::1%eth0", "fe80::ffff:2%eth0"],
  "fe80:0:0:0::/64%eth1": ["fe80::1%eth1"],
  "64:ff9b:0:0::/64": ["64:ff9b::192.0.2.1"],
};

test.each(Object.entries(KEYS))("%s is the key of its addresses, and of no other", (key, addresses) => {
  expect(addresses.map(addressKey)).toEqual(addresses.map(() => key));
});

test("text that is not an address is its own key", () => {
  const texts = ["", "worker", "10.0.0", ":::", "fe80::1::2", "1.2.3.4%eth0", "%"];
  expect(texts.map(addressKey)).toEqual(texts);
});
