import { createDiffieHellman, type DiffieHellman } from "node:crypto";
import { ProtocolError } from "@headgate/bytes";
import type { RandomBytes } from "../random-bytes.ts";

/** Public keys and the secret, always at their full length: leading zeros belong to them. Bytes. */
export const KEY_LENGTH = 128;

/**
 * Twice what the strength of a group of 1024 bits is, and there is nothing to gain beyond that (RFC 7919 §5.2), but a
 * handshake takes four times as long with a private key as long as the prime. Bytes.
 */
const PRIVATE_KEY_LENGTH = 32;

/** RTMPE's group is the second Oakley group (RFC 2409 §6.2). */
const PRIME = `
  ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd
  ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed
  ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff`.replace(/\s/g, "");
const GENERATOR = 2;

export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function newKeyPair(random: RandomBytes): KeyPair {
  const privateKey = Uint8Array.from(random(PRIVATE_KEY_LENGTH));
  // Never 0, whatever the randomness.
  privateKey[0]! |= 0x80;
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return atFullLength(withPrivateKey(privateKey).generateKeys());
}

/** Throws ProtocolError for a key that no honest peer has. */
export function sharedSecret(privateKey: Uint8Array, peerPublicKey: Uint8Array): Uint8Array {
  requireInRange(peerPublicKey);
  return atFullLength(withPrivateKey(privateKey).computeSecret(peerPublicKey));
}

let group: DiffieHellman | undefined;

/**
 * OpenSSL takes tens of milliseconds to make such an object, because it proves the prime, so there is one for all. It keeps
 * the private key until the next one: what is asked of it must be asked at once. `generateKeys` leaves that key alone and
 * computes the public one.
 */
function withPrivateKey(privateKey: Uint8Array): DiffieHellman {
  group ??= createDiffieHellman(PRIME, "hex", GENERATOR);
  group.setPrivateKey(privateKey);
  return group;
}

const PRIME_VALUE = BigInt(`0x${PRIME}`);

/** 0, 1 and p-1 make the secret public (RFC 2631 §2.1.5); OpenSSL accepts numbers above p. */
function requireInRange(publicKey: Uint8Array): void {
  const value = publicKey.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
  if (value > 1n && value < PRIME_VALUE - 1n) return;
  throw new ProtocolError("HANDSHAKE_KEY_INVALID", "the peer's Diffie-Hellman key is not within the group");
}

function atFullLength(number: Uint8Array): Uint8Array {
  const padded = new Uint8Array(KEY_LENGTH);
  padded.set(number, KEY_LENGTH - number.length);
  return padded;
}
