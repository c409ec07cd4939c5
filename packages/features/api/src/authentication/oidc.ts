import { type Claims, fetchJson, KeySet, TokenJudge } from "@headgate/jwt";
import type { Logger } from "pino";
import type { OidcOptions } from "./oidc-config.ts";
import { isProviderUrl } from "./provider-url.ts";
import type { Caller, CallerRefusal, TokenScope } from "./scopes.ts";

/** What is kept of a subject for the log. */
const MAX_SUBJECT_LENGTH = 128;

/** Judges the tokens of an OpenID Connect provider. */
export class OidcProvider {
  readonly #options: OidcOptions;
  readonly #judge: TokenJudge;

  constructor(options: OidcOptions & { readonly issuer: string }, log: Logger) {
    const { issuer, audience } = options;
    this.#options = options;
    const keys = new KeySet(
      () => keysOf(issuer),
      Date.now,
      (error) =>
        log.warn(
          { issuer, error: (error as Error).message },
          "the keys of admin.oidc cannot be fetched; those that are known are used",
        ),
    );
    this.#judge = new TokenJudge(keys, { issuer, audience, required: ["exp", "sub"] });
  }

  async callerOf(token: string): Promise<Caller | CallerRefusal> {
    const outcome = await this.#judge.judge(token);
    switch (outcome.kind) {
      case "right":
        return this.#caller(outcome.claims);
      case "expired":
        return "TOKEN_EXPIRED";
      case "unavailable":
        return "KEYS_UNAVAILABLE";
      case "wrong":
        return "TOKEN_INVALID";
    }
  }

  #caller(claims: Claims): Caller {
    const { scopesClaim, scopes } = this.#options;
    const values = valuesOf(scopesClaim.split(".").reduce<unknown>(within, claims) ?? claims[scopesClaim]);
    const granted = new Set<TokenScope>(values.flatMap((value) => scopes.get(value) ?? []));
    return { name: (claims.sub ?? "").slice(0, MAX_SUBJECT_LENGTH), by: "oidc", scopes: [...granted] };
  }
}

/** OpenID Connect Discovery 1.0, section 4: the issuer in the answer must be the same. */
async function keysOf(issuer: string): Promise<URL> {
  const configuration = await fetchJson(
    new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`),
  );
  const { issuer: told, jwks_uri: keys } = configuration as { issuer?: unknown; jwks_uri?: unknown };
  if (told !== issuer) throw new Error("its configuration is that of another issuer");
  if (typeof keys !== "string" || !isProviderUrl(keys)) throw new Error("its jwks_uri cannot be used");
  return new URL(keys);
}

function within(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function valuesOf(claim: unknown): readonly string[] {
  if (typeof claim === "string") return claim.split(" ");
  return Array.isArray(claim) ? claim.filter((value) => typeof value === "string") : [];
}
