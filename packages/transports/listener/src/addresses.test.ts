import { expect, test } from "vitest";
import { canonicalAddress, includes, isNetwork, networkList } from "./addresses.ts";

test("addresses and networks are told from everything else", () => {
  const networks = ["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "2001:db8::/128"];
  const others = [
    "",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "fd00::/129",
    "localhost",
  ];
  expect([...networks, ...others].filter(isNetwork)).toEqual(networks);
});

test("a list holds the addresses of its networks and no other", () => {
  const list = networkList(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);
  const inside = ["10.255.0.1", "192.0.2.1", "fd12::1", "fd12::1%eth0"];
  const outside = ["11.0.0.1", "192.0.2.2", "fe80::1", "fe80::1%eth0", "::1", ""];
  expect([...inside, ...outside].filter((address) => includes(list, address))).toEqual(inside);
  expect(includes(networkList([]), "127.0.0.1")).toBe(false);
});

test("an address has one spelling", () => {
  expect(["FE80:0::1%eth0", "fe80::1%eth1"].map(canonicalAddress)).toEqual(["fe80::1%eth0", "fe80::1%eth1"]);
  expect(
    ["::FFFF:192.0.2.1", "::ffff:c000:201", "2001:DB8:0:0::1", "192.0.2.1"].map(canonicalAddress),
  ).toEqual(["192.0.2.1", "192.0.2.1", "2001:db8::1", "192.0.2.1"]);
  expect(["::ffff:192.0.2.1%eth0", "::ffff:c000:201%1"].map(canonicalAddress)).toEqual([
    "192.0.2.1",
    "192.0.2.1",
  ]);
});
