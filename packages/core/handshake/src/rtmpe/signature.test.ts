import { hex } from "@headgate/testkit";
import { expect, test } from "vitest";
import { encipherSignature } from "./signature.ts";

/** Each block is the same, and so is what the HMAC key chooses, so the outcome is four times a known block. */
test.each([
  { version: 3, block: "0102030405060708" },
  { version: 6, block: "0102030405060708" },
  { version: 8, block: "290a7395a9b5505f" },
  { version: 9, block: "22230d167e8342e3" },
] as const)("what version $version does to a signature", ({ version, block }) => {
  const signature = hex("0102030405060708".repeat(4));
  // 0, 15, 30 and 240 all mean key 0; the bytes between mean nothing.
  const hmacKey = hex("00ffffffffffffff 0fffffffffffffff 1effffffffffffff f0ffffffffffffff");
  encipherSignature(signature, hmacKey, version);
  expect(signature).toEqual(hex(block.repeat(4)));
});
