import { expect, test } from "vitest";
import { integer, octetString, oid, sequence, tagged, time, utf8 } from "./der.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test.each([
  ["2.5.29.17", "0603551d11"],
  ["1.2.840.113549.1.9.14", "06092a864886f70d01090e"],
  ["1.2.840.10045.4.3.2", "06082a8648ce3d040302"],
  ["1.3.6.1.5.5.7.1.31", "06082b0601050507011f"],
])("the object identifier %s is written in sevens of bits", (dotted, written) => {
  expect(hex(oid(dotted))).toBe(written);
});

test.each([
  [0, "0400"],
  [127, "047f"],
  [128, "048180"],
  [255, "0481ff"],
  [256, "04820100"],
  [70_000, "0483011170"],
])("%i bytes have their length in front in as few bytes as possible", (length, head) => {
  const written = hex(octetString(new Uint8Array(length)));
  expect(written).toBe(head + "00".repeat(length));
});

test("a number whose first bit is set is not taken for a negative one", () => {
  expect(hex(integer(0x7f))).toBe("02017f");
  expect(hex(integer(0x80, 1))).toBe("0203008001");
});

test("values lie in one another", () => {
  expect(hex(sequence(tagged(0, integer(2)), utf8("é")))).toBe("3009a0030201020c02c3a9");
});

test.each([
  ["2026-11-30T15:04:05.678Z", "\x17\x0d261130150405Z"],
  ["2049-12-31T23:59:59Z", "\x17\x0d491231235959Z"],
  ["2050-01-01T00:00:00Z", "\x18\x0f20500101000000Z"],
])("%s has a year of two digits until 2049", (iso, written) => {
  expect(time(Date.parse(iso)).toString("latin1")).toBe(written);
});
