import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { reachableHost } from "./local-address.ts";

function address(text: string, family: "IPv4" | "IPv6" = "IPv4", internal = false): NetworkInterfaceInfo {
  const common = { address: text, netmask: "", mac: "", internal, cidr: null };
  return family === "IPv4" ? { ...common, family } : { ...common, family, scopeid: 0 };
}

const LO = [address("127.0.0.1", "IPv4", true), address("::1", "IPv6", true)];

test("a listener on every address is reached by that of the network card", () => {
  const interfaces = {
    lo: LO,
    docker0: [address("172.17.0.1")],
    eth1: [address("169.254.3.4")],
    wlan0: [address("fe80::1", "IPv6"), address("192.168.1.20")],
  };
  expect(reachableHost("::", interfaces)).toBe("192.168.1.20");
  expect(reachableHost("0.0.0.0", interfaces)).toBe("192.168.1.20");
});

test("without a network it is localhost", () => {
  expect(reachableHost("::", { lo: LO, docker0: [address("172.17.0.1")] })).toBe("localhost");
});

test.each([
  ["127.0.0.1", "localhost"],
  ["::1", "localhost"],
  ["10.0.0.7", "10.0.0.7"],
  ["fd00::7", "[fd00::7]"],
  ["rtmp.example.com", "rtmp.example.com"],
])("a listener on %s is reached by %s", (host, expected) => {
  expect(reachableHost(host, {})).toBe(expected);
});
