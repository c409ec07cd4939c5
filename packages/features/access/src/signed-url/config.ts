import { duration, HOUR, MINUTE, oneOf, parsed, SECOND, type Section } from "@headgate/config";
import { SigningSecrets } from "../signing-secrets.ts";
import { isExpression } from "./nginx.ts";
import { PRESET_NAMES, type SignedUrlOptions } from "./signed-url.ts";

export const SIGNED_URL: Section<SignedUrlOptions> = {
  preset: oneOf("preset", ["off", ...PRESET_NAMES], {
    default: "off",
    reload: "live",
    description:
      "How they are signed: as nginx (secure_link), tencent, aliyun (type A), akamai (edge authorization), wowza (SecureToken 2) or nms (node-media-server).",
  }),
  secret: parsed<SigningSecrets>("secret", {
    default: SigningSecrets.NONE,
    format: SigningSecrets.format,
    reload: "live",
    description: "The secret with which they are signed; with a list, the first signs and all are accepted.",
    expects: "text in quotes, or a list of such",
    writtenAs: "string | readonly string[]",
    isSecret: true,
    parse: SigningSecrets.parse,
  }),
  hash: oneOf("hash", ["auto", "md5", "sha256", "sha384", "sha512"], {
    default: "auto",
    reload: "live",
    description: "For tencent and wowza: the hash. auto: md5 for tencent, sha256 for wowza.",
  }),
  prefix: parsed<string>("prefix", {
    default: "",
    reload: "live",
    description:
      "For wowza: how its parameters begin, wowzatoken if this is empty. For akamai: the name of the token's parameter, hdnts if this is empty.",
    expects: 'letters, digits and "_"',
    parse: (written) => (typeof written === "string" && /^\w*$/.test(written) ? written : undefined),
  }),
  expression: parsed<string>("expression", {
    default: "$secure_link_expires$uri $secret",
    reload: "live",
    // A message must not repeat a secret that is written here.
    isSecret: true,
    format: (expression) => expression,
    expects:
      "text with $secret where the secret is, and without variables but $secure_link_expires, $arg_expires, $uri and $remote_addr",
    parse: (written) => (typeof written === "string" && isExpression(written) ? written : undefined),
    description:
      "For nginx: what is hashed, as in `secure_link_md5`. With $remote_addr in it, a URL is for one client.",
  }),
  validityMs: duration("validity", {
    default: 30 * MINUTE,
    range: [SECOND, 24 * HOUR],
    reload: "live",
    description: "For aliyun: how long a URL is valid after it was signed.",
  }),
};
