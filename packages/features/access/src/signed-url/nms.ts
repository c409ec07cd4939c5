import { hexMd5 } from "../texts.ts";
import type { Preset, SignedResource } from "./preset.ts";

/** node-media-server: `sign=EXPIRES-MD5`. */
export const NMS: Preset = {
  read: (parameters, resource) => {
    const sign = parameters.get("sign");
    if (sign === undefined) return undefined;
    const [, expires = "", signature = ""] = /^(\d+)-(.*)$/s.exec(sign) ?? [];
    return {
      signature,
      expires: expires === "" ? Number.NaN : Number(expires),
      expected: (secret) => [signatureOf(resource, secret, expires)],
    };
  },
  sign: (resource, _options, secret, expires) =>
    `sign=${expires}-${signatureOf(resource, secret, String(expires))}`,
};

function signatureOf(resource: SignedResource, secret: string, expires: string): string {
  return hexMd5(`/${resource.path}-${expires}-${secret}`);
}
