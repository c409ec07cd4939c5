import { hex } from "@headgate/testkit";
import { expect, test } from "vitest";
import { Blowfish } from "./blowfish.ts";
import { fractionOfPi } from "./pi.ts";

test("the digits of pi", () => {
  const words = fractionOfPi(18 + 4 * 256);
  expect([...words.subarray(0, 3)]).toEqual([0x243f6a88, 0x85a308d3, 0x13198a2e]);
  // The last word of the last box, which only is right if all digits before it are.
  expect(words.at(-1)).toBe(0x3ac372e6);
});

test.each([
  { key: "0000000000000000", block: "0000000000000000", cipher: "4ef997456198dd78" },
  { key: "ffffffffffffffff", block: "ffffffffffffffff", cipher: "51866fd5b85ecb8a" },
  { key: "0123456789abcdef", block: "1111111111111111", cipher: "61f9c3802281b096" },
  { key: "7934774c67d1383adfb356be8b7bd024", block: "0102030405060708", cipher: "324a5ae3130265bb" },
])("block $block under key $key is what OpenSSL makes of it", ({ key, block, cipher }) => {
  const bytes = hex(block);
  new Blowfish(hex(key)).encipher(bytes, { littleEndian: false });
  expect(bytes).toEqual(hex(cipher));
});

test("a known block under RTMPE's first key, in RTMPE's byte order", () => {
  const block = hex("0102030405060708");
  const key = hex("7934774c67d1383adfb356be8b7bd02438e07358415d6967");
  new Blowfish(key).encipher(block, { littleEndian: true });
  expect(block).toEqual(hex("22230d167e8342e3"));
});
