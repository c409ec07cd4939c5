import { createHmac } from "node:crypto";
import { inflateSync } from "node:zlib";
import type { SwfIdentity } from "@headgate/bus";

/** The key that Flash Player and Flash Media Server share, from rtmpdump (librtmp/hashswf.c). */
const HASH_KEY = "Genuine Adobe Flash Player 001";

/** Signature, version and length, which are never compressed (SWF 10, "The SWF header"). */
const HEAD_LENGTH = 8;

const MAX_BYTES: number = 256 * 1024 * 1024;

/** Throws an Error with a message for the user if this is not an SWF. */
export function identifySwf(file: Buffer): SwfIdentity {
  const signature = file.subarray(0, 3).toString("latin1");
  if (signature === "ZWS") throw new Error("it is compressed with LZMA, which players do not verify");
  if (signature !== "FWS" && signature !== "CWS") throw new Error("it is not an SWF");
  const plain = signature === "CWS" ? uncompressed(file) : file;
  return { size: plain.length, hash: createHmac("sha256", HASH_KEY).update(plain).digest() };
}

function uncompressed(file: Buffer): Buffer {
  const head = Buffer.from(file.subarray(0, HEAD_LENGTH));
  head.write("F");
  try {
    return Buffer.concat([head, inflateSync(file.subarray(HEAD_LENGTH), { maxOutputLength: MAX_BYTES })]);
  } catch {
    throw new Error("its compressed part cannot be read");
  }
}
