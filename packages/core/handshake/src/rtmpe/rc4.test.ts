import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { Rc4 } from "./rc4.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

test.each([
  { key: "Key", plain: "Plaintext", cipher: "bbf316e8d940af0ad3" },
  { key: "Wiki", plain: "pedia", cipher: "1021bf0420" },
  { key: "Secret", plain: "Attack at dawn", cipher: "45a01f645fc35b383552544b9bf5" },
])("the known text for the key $key", ({ key, plain, cipher }) => {
  expect(new Rc4(ascii(key)).apply(ascii(plain))).toEqual(hex(cipher));
  expect(new Rc4(ascii(key)).apply(hex(cipher))).toEqual(ascii(plain));
});

test.each([
  { at: 0, keystream: "9ac7cc9a609d1ef7b2932899cde41b97" },
  { at: 1536, keystream: "ffa0b514647ec04f6306b892ae661181" },
  { at: 4096, keystream: "a36a4c301ae8ac13610ccbc12256cacc" },
])("the keystream from $at for a key of 128 bits is what OpenSSL makes of it", ({ at, keystream }) => {
  const cipher = new Rc4(hex("0102030405060708090a0b0c0d0e0f10"));
  cipher.discard(at);
  expect(cipher.apply(new Uint8Array(16))).toEqual(hex(keystream));
});

describe("the keystream", () => {
  const key = new Random(1).bytes(16);
  const input = new Random(2).bytes(200_000);
  const whole = new Rc4(key).apply(input);

  test("is that of RC4 as it is written down", () => {
    const plain = keystream(key, input.length);
    expect(Buffer.from(whole).equals(input.map((byte, at) => byte ^ plain[at]!))).toBe(true);
  });

  test("is the same however the bytes are cut", () => {
    const cipher = new Rc4(key);
    const random = new Random(3);
    let at = 0;
    while (at < input.length) {
      const length = random.below(random.pick([2, 300, 70_000]));
      const expected = whole.subarray(at, at + length);
      expect(Buffer.from(cipher.apply(input.subarray(at, at + length))).equals(expected)).toBe(true);
      at += length;
    }
  });

  test("is each cipher's own, also when they take turns", () => {
    const [one, other] = [new Rc4(key), new Rc4(key)];
    for (let at = 0; at < 5000; at += 1000) {
      const part = input.subarray(at, at + 1000);
      expect(one.apply(part)).toEqual(whole.subarray(at, at + 1000));
      expect(other.apply(part)).toEqual(whole.subarray(at, at + 1000));
    }
  });
});

test("the input stays as it is, and an output is never changed by a later call", () => {
  const cipher = new Rc4(ascii("Key"));
  const input = ascii("Plaintext");
  const output = cipher.apply(input);
  cipher.apply(input);
  expect(input).toEqual(ascii("Plaintext"));
  expect(output).toEqual(hex("bbf316e8d940af0ad3"));
});

/** Byte by byte, without anything that makes it fast. */
function keystream(key: Uint8Array, length: number): Uint8Array {
  const permutation = Array.from({ length: 256 }, (_, i) => i);
  const swap = (i: number, j: number): void => {
    [permutation[i], permutation[j]] = [permutation[j]!, permutation[i]!];
  };
  let j = 0;
  for (let i = 0; i < 256; i += 1) {
    j = (j + permutation[i]! + key[i % key.length]!) % 256;
    swap(i, j);
  }
  j = 0;
  return Uint8Array.from({ length }, (_, at) => {
    const i = (at + 1) % 256;
    j = (j + permutation[i]!) % 256;
    swap(i, j);
    return permutation[(permutation[i]! + permutation[j]!) % 256]!;
  });
}
