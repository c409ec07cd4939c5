import { createHmac } from "node:crypto";
import type { Preset, SignedResource } from "./preset.ts";

/** Edge authorization tokens: `hdnts=st=..~exp=..~acl=..~hmac=..`. The key is hexadecimal. */
export const AKAMAI: Preset = {
  read: (parameters, resource, { prefix }) => {
    // The token has percent signs of its own, which are signed as they are.
    const token = parameters.raw(prefix || "hdnts");
    if (token === undefined) return undefined;
    const [, written = "", signature = ""] = /^(.*)~hmac=([0-9a-f]+)$/is.exec(token) ?? [];
    const fields = new Map(written.split("~").map(asField));
    return {
      signature: signature.toLowerCase(),
      expires: Number(fields.get("exp") ?? Number.NaN),
      begins: Number(fields.get("st") ?? 0),
      expected: (key) => signaturesOf(written, fields, resource, key),
      covers: () => isFor(fields, resource),
    };
  },
  sign: (resource, { prefix }, key, expires) => {
    const written = `exp=${expires}~acl=${encodeURIComponent(`/${resource.path}`)}`;
    return `${prefix || "hdnts"}=${written}~hmac=${hmac(written, key)}`;
  },
};

function asField(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function isFor(fields: ReadonlyMap<string, string>, resource: SignedResource): boolean {
  const address = fields.get("ip");
  const isForAddress = address === undefined || decoded(address) === resource.remoteAddress;
  const acl = fields.get("acl");
  return isForAddress && (acl === undefined || decoded(acl).split("!").some(matches));

  function matches(pattern: string): boolean {
    const source = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("?", ".");
    // Stars in a row mean the same as one, and many of them would take long to match.
    return new RegExp(`^${source.replace(/\*+/g, ".*")}$`, "s").test(`/${resource.path}`);
  }
}

/** A token without `acl` is for one path, which is signed and not written. */
function signaturesOf(
  written: string,
  fields: ReadonlyMap<string, string>,
  resource: SignedResource,
  key: string,
): readonly string[] {
  if (fields.has("acl")) {
    const plain = decoded(written);
    const spellings = [written, plain, respelled(plain, encodeURIComponent), respelled(plain, escapedEarly)];
    return spellings.map((text) => hmac(text, key));
  }
  const uri = `/${resource.path}`;
  return [uri, encodeURIComponent(uri), encodeURIComponent(uri).toLowerCase()].map((url) =>
    hmac(`${written}~url=${url}`, key),
  );
}

/** As it may have been signed: librtmp decodes the percent signs of a URL. */
function respelled(plain: string, spell: (text: string) => string): string {
  const fields = plain.split("~").map(asField);
  return fields.map(([name, value]) => `${name}=${spell(value)}`).join("~");
}

/** As Akamai's own signers spell it. */
function escapedEarly(text: string): string {
  const escaped = encodeURIComponent(text).replace(/['*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return escaped.replace(/%../g, (one) => one.toLowerCase());
}

function hmac(text: string, key: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(text).digest("hex");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
