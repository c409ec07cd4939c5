import { createHash, timingSafeEqual } from "node:crypto";

/** Compares in a time that tells nothing about either text. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export function hexMd5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

export function base64Md5(text: string): string {
  return createHash("md5").update(text).digest("base64");
}
