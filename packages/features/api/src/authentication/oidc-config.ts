import { optional, parsed, type Section } from "@headgate/config";
import { isProviderUrl } from "./provider-url.ts";
import { SCOPES, type TokenScope } from "./scopes.ts";

/** What is accepted of an OpenID Connect provider. */
export interface OidcOptions {
  /** As its tokens have it; undefined: none is accepted. */
  readonly issuer: string | undefined;
  readonly audience: string;
  readonly scopesClaim: string;
  /** By the value in that claim. */
  readonly scopes: ReadonlyMap<string, readonly TokenScope[]>;
}

const BY_DEFAULT: ReadonlyMap<string, readonly TokenScope[]> = new Map(
  SCOPES.map((scope) => [`headgate:${scope}`, [scope]]),
);

export const OIDC: Section<OidcOptions> = {
  issuer: optional<string>("issuer", {
    reload: "restart",
    description:
      "The provider: the URL before /.well-known/openid-configuration, as in the claim iss of its tokens. Its keys are found and fetched from there.",
    expects: 'a URL such as "https://auth.example.com/realms/ops", with http only on this machine',
    parse: (written) => (typeof written === "string" && isProviderUrl(written) ? written : undefined),
  }),
  audience: parsed<string>("audience", {
    default: "",
    reload: "restart",
    description: "Whom the tokens must be for (aud), such as headgate. Required with `issuer`.",
    expects: "the text of the claim aud",
    parse: (written) => (typeof written === "string" ? written : undefined),
  }),
  scopesClaim: parsed<string>("scopesClaim", {
    default: "scope",
    reload: "restart",
    description:
      "The claim that says what a token allows: a list, or a text with spaces. Dots lead into objects, as in realm_access.roles.",
    expects: 'the name of a claim such as "realm_access.roles"',
    parse: (written) => (typeof written === "string" && written !== "" ? written : undefined),
  }),
  scopes: parsed<ReadonlyMap<string, readonly TokenScope[]>>("scopes", {
    default: BY_DEFAULT,
    format: (scopes) => (scopes === BY_DEFAULT ? {} : Object.fromEntries(scopes)),
    reload: "restart",
    description:
      "What each value of that claim allows, such as { operators: [read, control] }. If it is empty: headgate:read, headgate:control and headgate:config allow what they say.",
    expects: `values of the claim, each with a list of ${SCOPES.join(", ")}`,
    writtenAs: `Readonly<Record<string, readonly (${SCOPES.map((scope) => `"${scope}"`).join(" | ")})[]>>`,
    parse: scopesIn,
  }),
};

function scopesIn(written: unknown): ReadonlyMap<string, readonly TokenScope[]> | undefined {
  if (typeof written !== "object" || written === null || Array.isArray(written)) return undefined;
  const entries = Object.entries(written);
  const isRight = entries.every(
    ([, scopes]) => Array.isArray(scopes) && scopes.every((scope) => SCOPES.includes(scope)),
  );
  if (!isRight) return undefined;
  return entries.length > 0 ? new Map(entries) : BY_DEFAULT;
}
