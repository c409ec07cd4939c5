import { expect, test } from "vitest";
import { TRACE } from "./config.ts";

test("the address of a peer may be written in any spelling", () => {
  const read = (written: string): unknown => TRACE.address.read(written, [], []);
  expect(["2001:DB8:0::1", "::FFFF:192.0.2.7", "192.0.2.7", "FE80::1%eth0"].map(read)).toEqual([
    "2001:db8::1",
    "192.0.2.7",
    "192.0.2.7",
    "fe80::1%eth0",
  ]);
});

test("the path of a stream may be written with slashes too many, as people paste it", () => {
  const read = (written: string): unknown => TRACE.stream.read(written, [], []);
  expect(["live/cam", "/live/cam/ ", "//host/live/cam"].map(read)).toEqual([
    "live/cam",
    "live/cam",
    "//host/live/cam",
  ]);
});
