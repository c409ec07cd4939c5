import { hex } from "@headgate/testkit";
import { expect, test } from "vitest";
import { encipherXtea } from "./xtea.ts";

test("a known block under RTMPE's first key", () => {
  const block = hex("0102030405060708");
  encipherXtea(block, Uint32Array.of(0xbff034b2, 0x11d9081f, 0xccdfb795, 0x748de732));
  expect(block).toEqual(hex("290a7395a9b5505f"));
});

test("the block alone is changed, wherever in its memory it is", () => {
  const bytes = hex("ffff 0102030405060708 ffff");
  encipherXtea(bytes.subarray(2, 10), Uint32Array.of(0xbff034b2, 0x11d9081f, 0xccdfb795, 0x748de732));
  expect(bytes).toEqual(hex("ffff 290a7395a9b5505f ffff"));
});
