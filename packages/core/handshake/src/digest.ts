import { createHmac, timingSafeEqual } from "node:crypto";
import { PACKET_LENGTH } from "./packet.ts";
import { RTMP_VERSION, type RtmpVersion } from "./rtmp-version.ts";
import { encipherSignature } from "./rtmpe/signature.ts";

// The digest handshake came with Flash Player 9 and is not in RTMP 1.0: an HMAC-SHA256 hidden in C1 and in S1, and another
// one in S2 and in C2 that answers it. Keys and places as in rtmpdump (librtmp/handshake.h) and FFmpeg (rtmpproto.c).

/**
 * Where C1 and S1 hide their digest: the 1528 random bytes are two blocks of 764, one with the digest and one with the
 * Diffie-Hellman public key. A has the digest block first, B the key block. Sources disagree on their names.
 */
export type DigestLayout = "A" | "B";

/** The constants of one side: a short key for the digest in its own packet, the long one for its answer. */
interface DigestKeys {
  readonly digestKey: Uint8Array;
  readonly answerKey: Uint8Array;
}

interface FoundDigest {
  readonly layout: DigestLayout;
  /** A view of the packet. */
  readonly digest: Uint8Array;
}

const DIGEST_LENGTH = 32;
const SIGNATURE_AT: number = PACKET_LENGTH - DIGEST_LENGTH;

const KEY_TAIL = [
  0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, 0x6e, 0xec,
  0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

export const SERVER_KEYS: DigestKeys = keysOf("Genuine Adobe Flash Media Server 001");
export const CLIENT_KEYS: DigestKeys = keysOf("Genuine Adobe Flash Player 001");

/** The digest of a C1 (with CLIENT_KEYS) or S1 (with SERVER_KEYS), or undefined if neither layout holds a valid one. */
export function findDigest(packet: Uint8Array, keys: DigestKeys): FoundDigest | undefined {
  for (const layout of ["A", "B"] as const) {
    const at = digestOffset(packet, layout);
    const digest = packet.subarray(at, at + DIGEST_LENGTH);
    if (timingSafeEqual(digest, digestOf(packet, at, keys))) return { layout, digest };
  }
  return undefined;
}

/** Writes the digest into a C1 or S1 that is otherwise complete and returns it as a view of the packet. */
export function writeDigest(packet: Uint8Array, layout: DigestLayout, keys: DigestKeys): Uint8Array {
  const at = digestOffset(packet, layout);
  packet.set(digestOf(packet, at, keys), at);
  return packet.subarray(at, at + DIGEST_LENGTH);
}

/**
 * Signs an S2 (with SERVER_KEYS) or C2 (with CLIENT_KEYS) in its last bytes, as the answer to the peer's digest. The
 * version is that of S0.
 */
export function signAnswer(
  answer: Uint8Array,
  peerDigest: Uint8Array,
  keys: DigestKeys,
  version: RtmpVersion = RTMP_VERSION,
): void {
  answer.set(signatureOf(answer, peerDigest, keys, version), SIGNATURE_AT);
}

export function isSignedAnswer(
  answer: Uint8Array,
  peerDigest: Uint8Array,
  keys: DigestKeys,
  version: RtmpVersion = RTMP_VERSION,
): boolean {
  return timingSafeEqual(answer.subarray(SIGNATURE_AT), signatureOf(answer, peerDigest, keys, version));
}

/** The sum of four bytes of the block places the digest within it. */
function digestOffset(packet: Uint8Array, layout: DigestLayout): number {
  const block = layout === "A" ? 8 : 772;
  const [a = 0, b = 0, c = 0, d = 0] = packet.subarray(block, block + 4);
  return block + 4 + ((a + b + c + d) % 728);
}

/** Covers the packet without the digest itself. */
function digestOf(packet: Uint8Array, at: number, keys: DigestKeys): Uint8Array {
  return createHmac("sha256", keys.digestKey)
    .update(packet.subarray(0, at))
    .update(packet.subarray(at + DIGEST_LENGTH))
    .digest();
}

function signatureOf(
  answer: Uint8Array,
  peerDigest: Uint8Array,
  keys: DigestKeys,
  version: RtmpVersion,
): Uint8Array {
  const key = createHmac("sha256", keys.answerKey).update(peerDigest).digest();
  const signature = createHmac("sha256", key).update(answer.subarray(0, SIGNATURE_AT)).digest();
  encipherSignature(signature, key, version);
  return signature;
}

function keysOf(name: string): DigestKeys {
  const answerKey = Uint8Array.from([...new TextEncoder().encode(name), ...KEY_TAIL]);
  return { digestKey: answerKey.subarray(0, name.length), answerKey };
}
