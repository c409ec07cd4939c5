import { createPublicKey, type KeyObject } from "node:crypto";
import { optional, parsed, type Section } from "@headgate/config";
import { isKeyUrl } from "@headgate/jwt";
import { SigningSecrets } from "../signing-secrets.ts";

export interface JwtOptions {
  readonly jwks: URL | undefined;
  readonly secret: SigningSecrets;
  readonly publicKey: PublicKey | undefined;
  readonly issuer: string;
  readonly audience: string;
}

/** A key in PEM form. */
class PublicKey {
  readonly key: KeyObject;

  constructor(key: KeyObject) {
    this.key = key;
  }

  static parse(written: unknown): PublicKey | undefined {
    if (typeof written !== "string" || !written.includes("-----BEGIN PUBLIC KEY-----")) return undefined;
    try {
      return new PublicKey(createPublicKey(written));
    } catch {
      return undefined;
    }
  }

  toJSON(): string {
    return this.key.export({ type: "spki", format: "pem" }).toString();
  }
}

function jwksUrl(written: unknown): URL | undefined {
  return typeof written === "string" && isKeyUrl(written) ? new URL(written) : undefined;
}

const claim = (key: string, name: string, description: string) =>
  parsed<string>(key, {
    default: "",
    reload: "live",
    description,
    expects: `the text of the claim ${name}`,
    parse: (written) => (typeof written === "string" ? written : undefined),
  });

export const JWT: Section<JwtOptions> = {
  jwks: optional<URL>("jwks", {
    reload: "live",
    description:
      "Where the public keys are that sign tokens (JWKS): https://auth.example.com/.well-known/jwks.json.",
    expects:
      'a URL without user and password such as "https://auth.example.com/.well-known/jwks.json", with http only on this machine',
    isSecret: true,
    parse: jwksUrl,
  }),
  secret: parsed<SigningSecrets>("secret", {
    default: SigningSecrets.NONE,
    format: SigningSecrets.format,
    reload: "live",
    description: "In place of jwks: the secret of tokens that are signed with HS256, HS384 or HS512.",
    expects: "text in quotes of at least 16 characters",
    isSecret: true,
    parse: (written) => {
      const secrets = SigningSecrets.parse(written);
      const isOne = secrets !== undefined && secrets.texts.length <= 1;
      return isOne && secrets.texts.every((text) => text.length >= MIN_SECRET_LENGTH) ? secrets : undefined;
    },
  }),
  publicKey: optional<PublicKey>("publicKey", {
    reload: "live",
    description: "In place of jwks: the public key, as PEM with its lines.",
    expects: "a public key in PEM form",
    isSecret: true,
    parse: PublicKey.parse,
  }),
  issuer: claim("issuer", "iss", "Who must have issued the tokens (iss); anybody if it is empty."),
  audience: claim("audience", "aud", "For whom they must be (aud); for anybody if it is empty."),
};

/** A token shows what is signed, so shorter secrets are found by trying. */
const MIN_SECRET_LENGTH = 16;
