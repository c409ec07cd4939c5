import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** ffmpeg keeps 63 characters of an id, old players half as many. */
export const MAX_NODE_LENGTH = 7;

/** Bytes. A peer would have to guess both halves of an id, which alone gives access to a session. */
const NONCE_LENGTH = 8;
const MAC_LENGTH = 8;

/** Both in base 36. */
const DIGITS = 25;

/**
 * A session's id: the node's name, by which a load balancer sees where its requests belong, and 128 bits that cannot be
 * guessed, of which half are a MAC of the other half. Lower-case letters and digits only, because every client puts them into
 * a path as they are.
 */
export function newSessionId(node: string, key: Uint8Array): string {
  const nonce = randomBytes(NONCE_LENGTH);
  const bytes = Buffer.concat([nonce, macOf(node, nonce, key)]);
  return (
    node +
    BigInt(`0x${bytes.toString("hex")}`)
      .toString(36)
      .padStart(DIGITS, "0")
  );
}

/** Whether an id was made with this key, by any process: no process is asked for a session that cannot exist. */
export function isSessionId(id: string, key: Uint8Array): boolean {
  const digits = id.slice(-DIGITS);
  if (!/^[a-z0-9]{25}$/.test(digits)) return false;
  const hex = [...digits]
    .reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
    .toString(16);
  if (hex.length > 2 * (NONCE_LENGTH + MAC_LENGTH)) return false;
  const bytes = Buffer.from(hex.padStart(2 * (NONCE_LENGTH + MAC_LENGTH), "0"), "hex");
  const nonce = bytes.subarray(0, NONCE_LENGTH);
  return timingSafeEqual(bytes.subarray(NONCE_LENGTH), macOf(id.slice(0, -DIGITS), nonce, key));
}

function macOf(node: string, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(nonce).update(node).digest().subarray(0, MAC_LENGTH);
}
