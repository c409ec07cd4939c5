import { createSecretKey } from "node:crypto";
import { type KeySet, TokenJudge } from "@headgate/jwt";
import type { JwtOptions } from "./config.ts";

/** `keySet` is that of `jwks`. */
export function tokenJudge(options: JwtOptions, keySet: KeySet | undefined): TokenJudge {
  const { publicKey, secret } = options;
  return new TokenJudge(keySet ?? publicKey?.key ?? createSecretKey(secret.texts[0]!, "utf8"), options);
}
