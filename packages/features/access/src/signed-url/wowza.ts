import { createHash } from "node:crypto";
import type { Parameters } from "../parameters.ts";
import type { HashName, Preset, PresetOptions, SignedResource } from "./preset.ts";

/** SecureToken version 2: a hash over the path and the sorted parameters, among which the secret stands without a name. */
export const WOWZA: Preset = {
  read: (parameters, resource, options) => {
    const prefix = prefixOf(options);
    const signature = parameters.get(`${prefix}hash`);
    if (signature === undefined) return undefined;
    const signed = signedIn(parameters, prefix);
    return {
      signature,
      expires: secondsOf(parameters.get(`${prefix}endtime`)),
      begins: secondsOf(parameters.get(`${prefix}starttime`)) || 0,
      expected: (secret) => [
        signatureOf(resource, signed, secret, options),
        signatureOf(resource, [...signed, resource.remoteAddress], secret, options),
      ],
    };
  },
  sign: (resource, options, secret, expires) => {
    const prefix = prefixOf(options);
    const end = `${prefix}endtime=${expires}`;
    const signed = resource.remoteAddress === "" ? [end] : [end, resource.remoteAddress];
    const signature = signatureOf(resource, signed, secret, options);
    return `${end}&${prefix}hash=${signature}`;
  },
};

function prefixOf({ prefix }: PresetOptions): string {
  return prefix || "wowzatoken";
}

function secondsOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function signedIn(parameters: Parameters, prefix: string): readonly string[] {
  return parameters
    .startingWith(prefix)
    .filter(([name]) => name !== `${prefix}hash`)
    .map(([name, value]) => `${name}=${value}`);
}

function signatureOf(
  { path }: SignedResource,
  signed: readonly string[],
  secret: string,
  { hash }: PresetOptions,
): string {
  const algorithm: HashName = hash === "auto" ? "sha256" : hash;
  const sorted = [...signed, secret].sort();
  const digest = createHash(algorithm).update(`${path}?${sorted.join("&")}`);
  return digest.digest("base64").replaceAll("+", "-").replaceAll("/", "_");
}
