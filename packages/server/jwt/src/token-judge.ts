import type { KeyObject } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import { KeySet, KeysUnavailable } from "./key-set.ts";

/** Clocks differ. Seconds. */
const CLOCK_TOLERANCE = 10;

const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"];
const PUBLIC_ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** What a token says. */
export type Claims = JWTPayload;

export type TokenOutcome =
  | { readonly kind: "right"; readonly claims: Claims }
  | { readonly kind: "wrong" | "expired" | "unavailable" };

interface Expected {
  /** Who must have issued it, and for whom; anybody if it is empty. */
  readonly issuer: string;
  readonly audience: string;
  /** The claims that it must have. */
  readonly required?: readonly string[];
}

/** Judges tokens by one kind of keys, so that no public key is ever taken for a secret. */
export class TokenJudge {
  readonly #keys: JWTVerifyGetKey;
  readonly #options: JWTVerifyOptions;

  constructor(keys: KeySet | KeyObject, { issuer, audience, required = [] }: Expected) {
    this.#keys = keys instanceof KeySet ? keys.keyFor : async () => keys;
    this.#options = {
      algorithms: keys instanceof KeySet || keys.type === "public" ? PUBLIC_ALGORITHMS : SECRET_ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: [...required],
      ...(issuer !== "" && { issuer }),
      ...(audience !== "" && { audience }),
    };
  }

  async judge(token: string): Promise<TokenOutcome> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, this.#options);
      return { kind: "right", claims: payload };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { kind: "expired" };
      if (error instanceof KeysUnavailable) return { kind: "unavailable" };
      return { kind: "wrong" };
    }
  }
}
