import { createHash, getDiffieHellman } from "node:crypto";
import { ProtocolError } from "@headgate/bytes";
import { hex, Random } from "@headgate/testkit";
import { describe, expect, test } from "vitest";
import { newKeyPair, publicKeyOf, sharedSecret } from "./diffie-hellman.ts";

function knownPrivateKey(name: string): Uint8Array {
  const parts = [0, 1, 2, 3].map((n) => createHash("sha256").update(`${name}${n}`).digest());
  const key = Uint8Array.from(Buffer.concat(parts));
  key[0]! &= 0x7f;
  return key;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("the known private keys have the known public keys and secret", () => {
  const [client, server] = [knownPrivateKey("client"), knownPrivateKey("server")];
  const [clientKey, serverKey] = [publicKeyOf(client), publicKeyOf(server)];
  expect(hexOf(clientKey)).toMatch(/^b8fc2cb72cc21efeaa01f399d8008a82.*c38da3ab1971f3c6$/);
  expect(hexOf(serverKey)).toMatch(/^8789bbbd0d0beff5fc61c83c186dae09.*80944320ce2b67a7$/);
  const secret = sharedSecret(server, clientKey);
  expect(hexOf(secret)).toMatch(/^3ac82de5905150c75ce0b2534a46e107.*63c4715e3327eaf4$/);
  expect(sharedSecret(client, serverKey)).toEqual(secret);
});

test("both sides get the same secret, whatever other handshakes happen in between", () => {
  const random = new Random(1);
  const pairs = Array.from({ length: 6 }, () => newKeyPair((length) => random.bytes(length)));
  for (const one of pairs) {
    for (const other of pairs) {
      const secret = sharedSecret(one.privateKey, other.publicKey);
      expect(secret).toHaveLength(128);
      expect(sharedSecret(other.privateKey, one.publicKey)).toEqual(secret);
    }
  }
});

test("keys have their full length even if they begin with zeros", () => {
  // 2^8 and 2^1000, which begins with two.
  expect(publicKeyOf(Uint8Array.of(8))).toEqual(hex(`${"00".repeat(126)}0100`));
  expect(publicKeyOf(Uint8Array.of(1000 >> 8, 1000 & 0xff))).toEqual(hex(`000001${"00".repeat(125)}`));
  expect(sharedSecret(Uint8Array.of(4), hex(`${"00".repeat(127)}03`))).toEqual(hex(`${"00".repeat(127)}51`));
});

describe("a peer's key out of range is refused", () => {
  const prime = BigInt(`0x${getDiffieHellman("modp2").getPrime("hex")}`);
  const bytesOf = (value: bigint): Uint8Array => hex(value.toString(16).padStart(256, "0"));

  test.each([
    { name: "0", value: 0n },
    { name: "1", value: 1n },
    { name: "p - 1", value: prime - 1n },
    { name: "p", value: prime },
    { name: "p + 1", value: prime + 1n },
    { name: "p + 5", value: prime + 5n },
    { name: "the largest of all", value: (1n << 1024n) - 1n },
  ])("$name", ({ value }) => {
    expect(() => sharedSecret(Uint8Array.of(5), bytesOf(value))).toThrow(ProtocolError);
  });

  test("2 and p - 2 are not", () => {
    expect(sharedSecret(Uint8Array.of(5), bytesOf(2n))).toEqual(bytesOf(32n));
    expect(sharedSecret(Uint8Array.of(2), bytesOf(prime - 2n))).toEqual(bytesOf(4n));
  });
});
