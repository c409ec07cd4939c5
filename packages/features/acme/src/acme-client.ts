import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AcmeError } from "./acme-error.ts";
import { type AcmeReply, request, retryAfterMs } from "./acme-request.ts";

/** How often a request is made again whose nonce the authority no longer knows (RFC 8555 §6.5). */
const MAX_NONCE_RETRIES = 10;

/** How long the authority may take to look at a challenge, or to issue. Milliseconds. */
const WAIT_MS = 180_000;

/** Between two looks, unless the authority says otherwise. Milliseconds. */
const LOOK_MS = 1_000;
const MAX_LOOK_MS = 30_000;

/** What the authority says of an order, an authorization or a challenge (RFC 8555 §7.1). */
export interface AcmeObject {
  readonly status?: string;
  readonly error?: unknown;
}

/** RFC 8555 §7.1.1. */
interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly meta?: { readonly termsOfService?: string };
}

/** RFC 8555 §7.3. */
interface Account {
  readonly isNew: boolean;
  /** Where what it agrees to can be read. */
  readonly terms: string | undefined;
}

export interface AcmeClientOptions {
  readonly directory: string;
  /** The account's. */
  readonly key: KeyObject;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** Speaks ACME (RFC 8555) as one account. Everything rejects with an AcmeError. */
export class AcmeClient {
  readonly #options: AcmeClientOptions;
  readonly #publicKey: Readonly<Record<"crv" | "kty" | "x" | "y", string>>;
  #directory: Directory | undefined;
  #account: string | undefined;
  /** Each is good for one request. */
  #nonce: string | undefined;

  constructor(options: AcmeClientOptions) {
    this.#options = options;
    const { crv = "", kty = "", x = "", y = "" } = createPublicKey(options.key).export({ format: "jwk" });
    // In the order of which RFC 7638 §3.2 makes a thumbprint.
    this.#publicKey = { crv, kty, x, y };
  }

  /** Finds the account of this key, or makes it. */
  async logIn(email: string | undefined): Promise<Account> {
    const { signal, directory } = this.#options;
    const reply = await request(directory, { signal });
    if (reply.status !== 200) throw new AcmeError(`the directory is not there: ${failure(reply)}`);
    this.#directory = parsed<Directory>(reply);
    const account = {
      termsOfServiceAgreed: true,
      ...(email !== undefined && { contact: [`mailto:${email}`] }),
    };
    const { status, headers } = await this.#post(this.#directory.newAccount, account);
    this.#account = headers.get("location") ?? undefined;
    return { isNew: status === CREATED, terms: this.#directory.meta?.termsOfService };
  }

  /** What a challenge with this token is answered with (RFC 8555 §8.1). */
  keyAuthorization(token: string): string {
    const thumbprint = createHash("sha256").update(JSON.stringify(this.#publicKey)).digest("base64url");
    return `${token}.${thumbprint}`;
  }

  async newOrder<T extends AcmeObject>(domains: readonly string[]): Promise<T & { readonly url: string }> {
    const identifiers = domains.map((value) => ({ type: "dns", value }));
    const reply = await this.#post(this.#directory!.newOrder, { identifiers });
    return { ...parsed<T>(reply), url: reply.headers.get("location") ?? "" };
  }

  async read<T extends AcmeObject>(url: string): Promise<T> {
    return parsed<T>(await this.#post(url));
  }

  async readText(url: string): Promise<string> {
    return (await this.#post(url)).text;
  }

  async tell(url: string, payload: object): Promise<void> {
    await this.#post(url, payload);
  }

  /** Reads an object until its status is another one than these. */
  async readUntilNot<T extends AcmeObject>(url: string, statuses: readonly string[]): Promise<T> {
    const { signal } = this.#options;
    const endMs = performance.now() + WAIT_MS;
    for (;;) {
      const reply = await this.#post(url);
      const object = parsed<T>(reply);
      if (!statuses.includes(object.status ?? "")) return object;
      if (performance.now() > endMs) throw new AcmeError("the authority takes too long");
      const ms = Math.min(retryAfterMs(reply.headers) || LOOK_MS, MAX_LOOK_MS);
      await sleep(ms, undefined, { signal, ref: false });
    }
  }

  /** Without a payload it reads (RFC 8555 §6.3). */
  async #post(url: string, payload?: object): Promise<AcmeReply> {
    for (let retries = 0; ; retries += 1) {
      const body = this.#signed(url, await this.#takeNonce(), payload);
      const headers = { "content-type": "application/jose+json" };
      const reply = await request(url, { method: "POST", body, headers, signal: this.#options.signal });
      this.#nonce = reply.headers.get("replay-nonce") ?? undefined;
      if (reply.status < 400) return reply;
      if (!isNonceOld(reply) || retries >= MAX_NONCE_RETRIES)
        throw new AcmeError(failure(reply), retryAfterMs(reply.headers));
    }
  }

  async #takeNonce(): Promise<string> {
    const known = this.#nonce;
    this.#nonce = undefined;
    if (known !== undefined) return known;
    const { signal } = this.#options;
    const { headers } = await request(this.#directory!.newNonce, { method: "HEAD", signal });
    const nonce = headers.get("replay-nonce");
    if (nonce === null) throw new AcmeError("the authority gives no nonce");
    return nonce;
  }

  /** A JSON Web Signature in its flattened form (RFC 7515 §7.2.2). */
  #signed(url: string, nonce: string, payload: object | undefined): string {
    const by = this.#account === undefined ? { jwk: this.#publicKey } : { kid: this.#account };
    const head = encoded({ alg: "ES256", nonce, url, ...by });
    const body = payload === undefined ? "" : encoded(payload);
    const how = { key: this.#options.key, dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(`${head}.${body}`), how).toString("base64url");
    return JSON.stringify({ protected: head, payload: body, signature });
  }
}

/** What is wrong, in the authority's words (RFC 7807, RFC 8555 §6.7). */
export function sentenceOf(problem: unknown): string {
  const { type, detail, subproblems } = Object(problem) as Readonly<Record<string, unknown>>;
  const below = Array.isArray(subproblems) ? subproblems.map(sentenceOf) : [];
  const sentences = [detail, ...below].filter((part) => typeof part === "string");
  return `${sentences.join("; ")} (${String(type).replace(/^urn:ietf:params:acme:error:/, "")})`;
}

const CREATED = 201;

const BAD_NONCE = "urn:ietf:params:acme:error:badNonce";

function failure(reply: AcmeReply): string {
  if (isProblem(reply)) return sentenceOf(parsed(reply));
  return `the authority answers with status ${reply.status}`;
}

function isProblem({ headers }: AcmeReply): boolean {
  return headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

function isNonceOld(reply: AcmeReply): boolean {
  return isProblem(reply) && parsed<{ readonly type?: string }>(reply).type === BAD_NONCE;
}

function parsed<T extends object>({ text }: AcmeReply): T {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as T;
  } catch {}
  throw new AcmeError("the authority does not answer with a JSON object");
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
