import { createHash } from "node:crypto";
import type { Preset, PresetOptions, SignedResource } from "./preset.ts";

/** `txSecret` and `txTime` of Tencent Cloud: the time is hexadecimal. */
export const TENCENT: Preset = {
  read: (parameters, resource, options) => {
    const signature = parameters.get("txSecret");
    if (signature === undefined) return undefined;
    const time = parameters.get("txTime") ?? "";
    return {
      signature: signature.toLowerCase(),
      expires: secondsOf(time),
      expected: (secret) => [signatureOf(resource, options, secret, time)],
    };
  },
  sign: (resource, options, secret, expires) => {
    const time = expires.toString(16).toUpperCase();
    return `txSecret=${signatureOf(resource, options, secret, time)}&txTime=${time}`;
  },
};

/**
 * Eight digits alone, until the year 2106: nothing stands between stream and time in what is signed, so that with more of them a
 * signature for the stream `cam1` would be one for `cam` with another time.
 */
function secondsOf(time: string): number {
  return /^[0-9a-f]{8}$/i.test(time) ? Number.parseInt(time, 16) : Number.NaN;
}

function signatureOf(
  { stream }: SignedResource,
  { hash }: PresetOptions,
  secret: string,
  time: string,
): string {
  return createHash(hash === "auto" ? "md5" : hash)
    .update(secret + stream + time)
    .digest("hex");
}
