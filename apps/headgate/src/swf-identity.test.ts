import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { identifySwf } from "./swf-identity.ts";

const PLAIN = Buffer.from("46575309100000000102030405060708", "hex");
const HASH = "1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518";

test("a SWF has the size and the hash that rtmpdump finds", () => {
  const { size, hash } = identifySwf(PLAIN);
  expect([size, Buffer.from(hash).toString("hex")]).toEqual([16, HASH]);
});

test("a compressed SWF is what it is uncompressed", () => {
  const head = Buffer.from(PLAIN.subarray(0, 8));
  head.write("C");
  const { size, hash } = identifySwf(Buffer.concat([head, deflateSync(PLAIN.subarray(8))]));
  expect([size, Buffer.from(hash).toString("hex")]).toEqual([16, HASH]);
});

test.each([
  ["GIF89a..", "not an SWF"],
  ["ZWS.....", "LZMA"],
  ["CWS.....rubbish", "cannot be read"],
  ["", "not an SWF"],
])("%j is refused with a reason", (content, reason) => {
  expect(() => identifySwf(Buffer.from(content))).toThrow(reason);
});
