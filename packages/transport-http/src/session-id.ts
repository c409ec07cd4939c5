/** So long that nobody guesses an id, which is all that a request has to show. Bytes. */
export const RANDOM_BYTES = 16;

/** The same in base 36. */
const RANDOM_LENGTH = 25;

/** ffmpeg keeps 63 characters of an id, old players half as many. */
export const MAX_NODE_LENGTH = 7;

/**
 * A session's id: the node's name, by which a load balancer sees where its requests belong, and 128 random bits. Small
 * letters and digits only, because every client puts them into a path as they are.
 */
export function newSessionId(node: string, random: Uint8Array): string {
  const number = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return node + number.toString(36).padStart(RANDOM_LENGTH, "0");
}
