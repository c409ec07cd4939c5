import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { newKeyPair, sharedSecret } from "./diffie-hellman.ts";
import { agreeWithServer, answerKey, publicKeyIn } from "./key-exchange.ts";

function seeded(seed: number): (length: number) => Uint8Array {
  const random = new Random(seed);
  return (length) => random.bytes(length);
}

/** Randomness that gives these keys, one after the other, and counts them. */
function giving(keys: readonly Uint8Array[]): { random: () => Uint8Array; given: () => number } {
  let given = 0;
  return { random: () => keys[given++]!, given: () => given };
}

describe("a pair of keys", () => {
  test("gives each side the other's keystream", () => {
    const client = newKeyPair(seeded(1));
    const server = answerKey(client.publicKey, seeded(2));
    const ciphers = agreeWithServer(client, server.publicKey);
    const text = new Random(3).bytes(1000);
    expect(server.ciphers.decrypt.apply(ciphers.encrypt.apply(text))).toEqual(text);
    expect(ciphers.decrypt.apply(server.ciphers.encrypt.apply(text))).toEqual(text);
    expect(ciphers.encrypt.apply(text)).not.toEqual(server.ciphers.encrypt.apply(text));
  });
});

describe("the server takes another key", () => {
  const client = newKeyPair(seeded(1));
  const privateKeys = Array.from({ length: 3000 }, (_, seed) => newKeyPair(seeded(100 + seed)));
  const secretOf = ({ privateKey }: { privateKey: Uint8Array }): Uint8Array =>
    sharedSecret(privateKey, client.publicKey);
  const good = privateKeys.find((pair) => pair.publicKey[0] !== 0 && secretOf(pair)[0] !== 0)!;

  test.each([
    {
      when: "its public key would begin with a zero",
      bad: privateKeys.find((pair) => pair.publicKey[0] === 0 && secretOf(pair)[0] !== 0)!,
    },
    {
      when: "the secret would begin with a zero",
      bad: privateKeys.find((pair) => pair.publicKey[0] !== 0 && secretOf(pair)[0] === 0)!,
    },
  ])("when $when", ({ bad }) => {
    const { random, given } = giving([bad.privateKey, bad.privateKey, good.privateKey]);
    expect(answerKey(client.publicKey, random).publicKey).toEqual(good.publicKey);
    expect(given()).toBe(3);
  });

  test("but gives up on randomness that never has another", () => {
    const bad = privateKeys.find(({ publicKey }) => publicKey[0] === 0)!;
    expect(() => answerKey(client.publicKey, () => bad.privateKey)).toThrow("randomness");
  });
});

describe("the place of the public key", () => {
  test.each([
    { layout: "A", sumAt: 1532, first: 772 },
    { layout: "B", sumAt: 768, first: 8 },
  ] as const)("in layout $layout stays within its block", ({ layout, sumAt, first }) => {
    const packet = new Uint8Array(1536);
    expect(publicKeyIn(packet, layout).byteOffset).toBe(first);
    packet.set([255, 255, 121, 0], sumAt);
    expect(publicKeyIn(packet, layout).byteOffset).toBe(first + 631);
    packet.set(hex("ffffffff"), sumAt);
    expect(publicKeyIn(packet, layout).byteOffset).toBe(first + (1020 % 632));
    expect(publicKeyIn(packet, layout)).toHaveLength(128);
  });
});
