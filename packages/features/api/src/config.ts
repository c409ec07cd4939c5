import { count, group, list, listOf, parsed, type Section, someOf, value } from "@headgate/config";
import { OIDC, type OidcOptions } from "./authentication/oidc-config.ts";
import { SCOPES, type TokenScope } from "./authentication/scopes.ts";
import { ADMIN_TLS, type AdminTlsOptions } from "./authentication/tls-config.ts";

/** A token, by what is known of it. */
export interface TokenOptions {
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Uint8Array;
  readonly scopes: readonly TokenScope[];
}

/** A reply of 10 MB. */
const MAX_STREAM_METRICS = 10_000;

const COMPATIBILITIES = ["nginx-rtmp", "mediamtx"] as const;

/** Who may use the admin server, and the languages that it speaks besides its own. */
export interface ApiOptions {
  readonly tokens: readonly TokenOptions[];
  readonly oidc: OidcOptions;
  readonly tls: AdminTlsOptions;
  readonly compatibility: readonly (typeof COMPATIBILITIES)[number][];
  /** How many streams have metrics of their own. */
  readonly streamMetrics: number;
}

const TOKEN_NAME = /^[\w.-]{1,64}$/;

/** Whether a token may have this name. */
export function isTokenName(text: string): boolean {
  return TOKEN_NAME.test(text);
}

const HASH = /^sha256:([0-9a-f]{64})$/i;

const TOKEN: Section<TokenOptions> = {
  name: parsed("name", {
    expects: 'a name of letters, digits, "-", "_" and "." such as "ops"',
    parse: (written) => (typeof written === "string" && isTokenName(written) ? written : undefined),
    reload: "live",
    description: "For the log.",
  }),
  hash: parsed("hash", {
    expects: "the hash of a token, as `headgate token` prints it",
    isSecret: true,
    parse: (written) => {
      const [, digits] = typeof written === "string" ? (HASH.exec(written) ?? []) : [];
      return digits === undefined ? undefined : new Uint8Array(Buffer.from(digits, "hex"));
    },
    reload: "live",
    description: "Its hash, as `headgate token` prints it.",
  }),
  scopes: someOf("scopes", SCOPES, {
    reload: "live",
    description:
      "What it allows: read everything but the configuration, control (kick, close, redirect, ban and drain), config (read and reload the configuration).",
  }),
};

export const API: Section<ApiOptions> = {
  tokens: listOf("tokens", TOKEN, {
    reload: "live",
    description:
      "Who may use the admin server: with tokens, every request but GET /healthz and /readyz needs one of them. These, `oidc` or `tls.clientCa` are required where `host` can be reached from other machines.",
    example:
      "{ name: ops, hash: sha256:1230a11f825fe22f43536a87246e1909ad5ae398a2391eb940380a69e27bf518, scopes: [read, control] }",
  }),
  oidc: group(
    "oidc",
    OIDC,
    "Tokens of an OpenID Connect provider, beside or in place of `tokens`: Authorization: Bearer JWT.",
  ),
  tls: group(
    "tls",
    ADMIN_TLS,
    "HTTPS for the admin server, and the certificates of clients that may use it, beside or in place of `tokens`.",
  ),
  compatibility: list("compatibility", {
    items: value({
      expects: `one of ${COMPATIBILITIES.join(", ")}`,
      choices: COMPATIBILITIES,
      parse: (written) => COMPATIBILITIES.find((each) => each === written),
    }),
    needsDifferent: true,
    reload: "restart",
    description:
      "Other servers' APIs for dashboards that know them: nginx-rtmp (/stat and /control), mediamtx (/v3, reading only).",
  }),
  streamMetrics: count("streamMetrics", {
    default: 0,
    range: [0, MAX_STREAM_METRICS],
    reload: "restart",
    description:
      "How many streams have numbers of their own in /metrics, with the labels `application` and `stream`. The others count together as `other`. Each costs Prometheus nine series for as long as it is published. 0: none has.",
  }),
};
