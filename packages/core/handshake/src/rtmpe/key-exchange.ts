import { createHmac } from "node:crypto";
import type { DigestLayout } from "../digest.ts";
import type { RandomBytes } from "../random-bytes.ts";
import type { StreamCiphers } from "../stream-cipher.ts";
import { KEY_LENGTH, type KeyPair, newKeyPair, sharedSecret } from "./diffie-hellman.ts";
import { Rc4 } from "./rc4.ts";

const CIPHER_KEY_LENGTH = 16;

/** Both sides pass over as much keystream as a handshake packet is long before the first byte. */
const DISCARDED_LENGTH = 1536;

/** Bounds the search for a key; not one handshake in a hundred needs a second one. */
const MAX_ATTEMPTS = 64;

/** Where C1 and S1 have the public key: in the block that has no digest, at a place that its last or first bytes give. */
export function publicKeyIn(packet: Uint8Array, layout: DigestLayout): Uint8Array {
  const [block, sumAt] = layout === "A" ? [772, 1532] : [8, 768];
  const [a = 0, b = 0, c = 0, d = 0] = packet.subarray(sumAt, sumAt + 4);
  const at = block + ((a + b + c + d) % 632);
  return packet.subarray(at, at + KEY_LENGTH);
}

/**
 * The server's part: a key pair for the client's key. FFmpeg drops the leading zeros of the secret, and clients may do so
 * with a public key, so neither may have any. The server can see to that, because it chooses last.
 */
export function answerKey(
  clientKey: Uint8Array,
  random: RandomBytes,
): { publicKey: Uint8Array; ciphers: StreamCiphers } {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const own = newKeyPair(random);
    const secret = sharedSecret(own.privateKey, clientKey);
    if (own.publicKey[0] !== 0 && secret[0] !== 0) {
      return { publicKey: own.publicKey, ciphers: ciphersOf(secret, own.publicKey, clientKey) };
    }
  }
  throw new Error("no usable key in so many attempts: the source of randomness is broken");
}

/** The client's part, with the pair it made before the server's key was known. */
export function agreeWithServer(own: KeyPair, serverKey: Uint8Array): StreamCiphers {
  return ciphersOf(sharedSecret(own.privateKey, serverKey), own.publicKey, serverKey);
}

/** Each side receives under its own public key and sends under the other's. */
function ciphersOf(secret: Uint8Array, ownKey: Uint8Array, peerKey: Uint8Array): StreamCiphers {
  return { decrypt: cipherOf(secret, ownKey), encrypt: cipherOf(secret, peerKey) };
}

function cipherOf(secret: Uint8Array, publicKey: Uint8Array): Rc4 {
  const key = createHmac("sha256", secret).update(publicKey).digest();
  const cipher = new Rc4(key.subarray(0, CIPHER_KEY_LENGTH));
  cipher.discard(DISCARDED_LENGTH);
  return cipher;
}
