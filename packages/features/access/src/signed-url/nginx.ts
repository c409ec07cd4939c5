import { createHash } from "node:crypto";
import type { Preset, PresetOptions, SignedResource } from "./preset.ts";

/** The module secure_link: MD5 over an expression of the configuration. */
export const NGINX: Preset = {
  read: (parameters, resource, options) => {
    const signature = parameters.get("md5");
    if (signature === undefined) return undefined;
    const expires = parameters.get("expires") ?? "";
    return {
      signature: signature.replace(/=+$/, ""),
      expires: /^\d+$/.test(expires) ? Number(expires) : Number.NaN,
      expected: (secret) => [signatureOf(resource, options, secret, expires)],
    };
  },
  sign: (resource, options, secret, expires) =>
    `md5=${signatureOf(resource, options, secret, String(expires))}&expires=${expires}`,
  needsAddress: ({ expression }) => variablesIn(expression).includes("remote_addr"),
};

/** The variables that an expression may have, each with or without braces. */
const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g;
const NAMES: ReadonlySet<string> = new Set([
  "secure_link_expires",
  "arg_expires",
  "uri",
  "remote_addr",
  "secret",
]);

/** Whether an expression has only variables that are known here, and the secret as one of them and not as text. */
export function isExpression(text: string): boolean {
  const names = variablesIn(text);
  return names.includes("secret") && names.every((name) => NAMES.has(name));
}

function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(VARIABLE)].map(([, braced, plain]) => braced ?? plain ?? "");
}

function signatureOf(
  resource: SignedResource,
  { expression }: PresetOptions,
  secret: string,
  expires: string,
): string {
  const values: Readonly<Record<string, string>> = {
    secure_link_expires: expires,
    arg_expires: expires,
    uri: `/${resource.path}`,
    remote_addr: resource.remoteAddress,
    secret,
  };
  const text = expression.replace(VARIABLE, (_, braced, plain) => values[braced ?? plain]!);
  return createHash("md5").update(text).digest("base64url");
}
