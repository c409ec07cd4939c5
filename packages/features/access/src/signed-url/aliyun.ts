import { randomUUID } from "node:crypto";
import { hexMd5 } from "../texts.ts";
import type { Preset, SignedResource } from "./preset.ts";

/** `auth_key=TIME-RAND-UID-MD5` of Aliyun, type A: the time is that of signing. */
export const ALIYUN: Preset = {
  read: (parameters, resource, { validityMs }) => {
    const key = parameters.get("auth_key");
    if (key === undefined) return undefined;
    const [, head = "", time = "", signature = ""] = /^((\d+)-[^-]*-[^-]*)-([^-]*)$/.exec(key) ?? [];
    return {
      signature: signature.toLowerCase(),
      expires: time === "" ? Number.NaN : Number(time) + validityMs / 1000,
      expected: (secret) => [signatureOf(resource, secret, head)],
    };
  },
  sign: (resource, { validityMs }, secret, expires) => {
    const head = `${expires - validityMs / 1000}-${randomUUID().replaceAll("-", "")}-0`;
    return `auth_key=${head}-${signatureOf(resource, secret, head)}`;
  },
};

function signatureOf(resource: SignedResource, secret: string, head: string): string {
  return hexMd5(`/${resource.path}-${head}-${secret}`);
}
