import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What every token of this server begins with, so that programs that look for leaked secrets find it. */
const PREFIX = "hgt_";

/** 256 random bits cannot be guessed, so that a fast hash is as good as a slow one. */
const TOKEN_BYTES = 32;

export function newToken(): string {
  return PREFIX + randomBytes(TOKEN_BYTES).toString("base64url");
}

export function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/** The hash as it stands in the configuration. */
export function writtenHash(token: string): string {
  return `sha256:${Buffer.from(hashOf(token)).toString("hex")}`;
}

/** Takes the same time whatever is different. */
export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
