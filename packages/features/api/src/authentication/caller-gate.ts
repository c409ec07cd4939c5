import { setTimeout as sleep } from "node:timers/promises";
import { scopeOf } from "@headgate/http-server";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { ApiOptions, TokenOptions } from "../config.ts";
import { callerOf } from "./client-certificate.ts";
import { FailedTries } from "./failed-tries.ts";
import { OidcProvider } from "./oidc.ts";
import type { Caller, CallerRefusal, TokenScope } from "./scopes.ts";
import { areEqual, hashOf } from "./token-hash.ts";

/** No token of ours is longer, and hashing takes time. */
const MAX_TOKEN_LENGTH = 256;

/** Providers put all groups of a person into a token; node:http takes headers of 16 KiB. */
const MAX_JWT_LENGTH = 8_192;

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** How often failed tries are logged at most, for each address. The first is logged at once. */
const LOG_EVERY = 20;

const REFUSALS = {
  CREDENTIALS_NEEDED: "A token is needed: Authorization: Bearer TOKEN. `headgate token` makes one.",
  TOKEN_INVALID: "The token is wrong.",
  TOKEN_EXPIRED: "The token has expired.",
  KEYS_UNAVAILABLE: "The keys of the issuer cannot be fetched, so the token cannot be verified.",
  CERTIFICATE_INVALID: "The certificate is not of an authority in admin.tls.clientCa, or has expired.",
  CERTIFICATE_UNKNOWN: "No entry of admin.tls.clients fits the subject of the certificate.",
  TOO_MANY_TRIES: "Too many wrong tokens at once.",
} as const;

export interface CallerGateOptions extends Pick<ApiOptions, "oidc" | "tls"> {
  /** Those in force. */
  readonly tokens: () => readonly TokenOptions[];
  readonly log: Logger;
}

/** Finds out who asks: by a token of the configuration, by one of a provider, or by a certificate. */
export class CallerGate {
  readonly #tokens: () => readonly TokenOptions[];
  readonly #tls: ApiOptions["tls"];
  readonly #provider: OidcProvider | undefined;
  readonly #log: Logger;
  readonly #failed = new FailedTries();

  constructor({ tokens, oidc, tls, log }: CallerGateOptions) {
    const { issuer } = oidc;
    this.#tokens = tokens;
    this.#tls = tls;
    this.#provider = issuer === undefined ? undefined : new OidcProvider({ ...oidc, issuer }, log);
    this.#log = log;
  }

  /** A right token is never made to wait, whatever others have tried from its address. */
  async judge(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const scope = scopeOf(request.method, request.routeOptions.config);
    if (scope === "open" || !this.#isGuarded) return undefined;
    const caller = await this.#callerOf(request);
    if (typeof caller === "string") return this.#refuse(request, reply, caller);
    request.caller = caller;
    if (caller.scopes.includes(scope as TokenScope)) return undefined;
    reply.header("www-authenticate", `Bearer realm="headgate", error="insufficient_scope", scope="${scope}"`);
    return answer(reply, 403, `SCOPE_MISSING: This needs the scope "${scope}".`);
  }

  /** Without tokens, a provider and authorities everybody may do everything. */
  get #isGuarded(): boolean {
    return this.#tokens().length > 0 || this.#provider !== undefined || this.#tls.clientCa !== "";
  }

  /** A token that is shown counts, whatever the certificate is. */
  async #callerOf(request: FastifyRequest): Promise<Caller | CallerRefusal | "CREDENTIALS_NEEDED"> {
    const shown = bearerIn(request.headers.authorization);
    if (shown === undefined) return callerOf(request.raw.socket, this.#tls.clients) ?? "CREDENTIALS_NEEDED";
    if (this.#provider && JWT.test(shown) && shown.length <= MAX_JWT_LENGTH)
      return this.#provider.callerOf(shown);
    const token = shown.length <= MAX_TOKEN_LENGTH ? this.#find(shown) : undefined;
    return token ? { ...token, by: "token" } : "TOKEN_INVALID";
  }

  /** All tokens are compared, so that the time does not tell which one is nearly right. */
  #find(shown: string): TokenOptions | undefined {
    const hash = hashOf(shown);
    let found: TokenOptions | undefined;
    for (const token of this.#tokens()) if (areEqual(token.hash, hash)) found = token;
    return found;
  }

  /** A request without a token is no try to guess one. */
  async #refuse(
    { ip }: FastifyRequest,
    reply: FastifyReply,
    code: CallerRefusal | "CREDENTIALS_NEEDED",
  ): Promise<FastifyReply> {
    if (code === "TOKEN_INVALID" && !(await this.#delay(ip)))
      return refusal(reply.header("retry-after", "2"), 429, "TOO_MANY_TRIES");
    if (code === "KEYS_UNAVAILABLE") return refusal(reply.header("retry-after", "30"), 503, code);
    if (code === "CERTIFICATE_UNKNOWN") return refusal(reply, 403, code);
    const isToken = code === "TOKEN_INVALID" || code === "TOKEN_EXPIRED";
    reply.header("www-authenticate", `Bearer realm="headgate"${isToken ? ', error="invalid_token"' : ""}`);
    return refusal(reply, 401, code);
  }

  /** False if too many wait already. */
  async #delay(ip: string): Promise<boolean> {
    const count = this.#failed.add(ip, performance.now());
    if (count % LOG_EVERY === 1) this.#log.warn({ remoteAddress: ip, tries: count }, "wrong admin token");
    const waitMs = this.#failed.beginWait(count);
    if (waitMs === undefined) return false;
    await sleep(waitMs);
    this.#failed.endWait();
    return true;
  }
}

function bearerIn(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
}

function refusal(reply: FastifyReply, status: number, code: keyof typeof REFUSALS): FastifyReply {
  return answer(reply, status, `${code}: ${REFUSALS[code]}`);
}

function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(`${text}\n`);
}
