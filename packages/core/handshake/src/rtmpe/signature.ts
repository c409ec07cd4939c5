import type { RtmpVersion } from "../rtmp-version.ts";
import { Blowfish } from "./blowfish.ts";
import { BLOWFISH_KEYS, XTEA_KEYS } from "./signature-keys.ts";
import { encipherXtea } from "./xtea.ts";

const BLOCK_LENGTH = 8;

/**
 * What RTMPE versions 8 and 9 do to the signature in S2 and C2 when it is complete: each block of it is enciphered, in
 * place, with the key that a byte of the signature's own HMAC key chooses.
 */
export function encipherSignature(signature: Uint8Array, hmacKey: Uint8Array, version: RtmpVersion): void {
  if (version !== 8 && version !== 9) return;
  for (let at = 0; at < signature.length; at += BLOCK_LENGTH) {
    const keyNumber = hmacKey[at]! % XTEA_KEYS.length;
    const block = signature.subarray(at, at + BLOCK_LENGTH);
    if (version === 8) encipherXtea(block, xteaKey(keyNumber));
    else blowfish(keyNumber).encipher(block, { littleEndian: true });
  }
}

function xteaKey(keyNumber: number): Uint32Array {
  return Uint32Array.from(XTEA_KEYS[keyNumber]!.split(" "), (word) => Number.parseInt(word, 16));
}

const blowfishes = new Map<number, Blowfish>();

/** Preparing a key is the greater part of the work, so the few there are stay prepared. */
function blowfish(keyNumber: number): Blowfish {
  const known = blowfishes.get(keyNumber);
  if (known) return known;
  const bytes = BLOWFISH_KEYS[keyNumber]!.match(/../g)!;
  const made = new Blowfish(Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)));
  blowfishes.set(keyNumber, made);
  return made;
}
