import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AcmeError } from "./acme-error.ts";
import { type AcmeObject, objectOf, statusOf, textIn } from "./acme-object.ts";
import { sentenceOf } from "./acme-problem.ts";
import { type AcmeReply, request, retryAfterMs } from "./acme-request.ts";

/** How often a request is made again whose nonce the authority no longer knows (RFC 8555 §6.5). */
const MAX_NONCE_RETRIES = 10;

/** How long the authority may take to look at a challenge, or to issue. Milliseconds. */
const WAIT_MS = 180_000;

/** Between two looks, unless the authority says otherwise. Milliseconds. */
const LOOK_MS = 1_000;
const MAX_LOOK_MS = 30_000;

/** RFC 8555 §7.1.1. */
interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly terms: string | undefined;
}

/** RFC 8555 §7.3. */
interface Account {
  readonly isNew: boolean;
  /** Where what it agrees to can be read. */
  readonly terms: string | undefined;
}

/** An order, and where it is read again. */
interface Order {
  readonly order: AcmeObject;
  readonly url: string;
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
    this.#directory = directoryIn(parsed(reply));
    const account = {
      termsOfServiceAgreed: true,
      ...(email !== undefined && { contact: [`mailto:${email}`] }),
    };
    const { status, headers } = await this.#post(this.#directory.newAccount, account);
    this.#account = headers.get("location") ?? undefined;
    return { isNew: status === CREATED, terms: this.#directory.terms };
  }

  /** What a challenge with this token is answered with (RFC 8555 §8.1). */
  keyAuthorization(token: string): string {
    const thumbprint = createHash("sha256").update(JSON.stringify(this.#publicKey)).digest("base64url");
    return `${token}.${thumbprint}`;
  }

  async newOrder(domains: readonly string[]): Promise<Order> {
    const identifiers = domains.map((value) => ({ type: "dns", value }));
    const reply = await this.#post(this.#directory!.newOrder, { identifiers });
    return { order: parsed(reply), url: reply.headers.get("location") ?? "" };
  }

  async read(url: string): Promise<AcmeObject> {
    return parsed(await this.#post(url));
  }

  async readText(url: string): Promise<string> {
    return (await this.#post(url)).text;
  }

  async tell(url: string, payload: object): Promise<void> {
    await this.#post(url, payload);
  }

  /** Reads an object until its status is another one than these. */
  async readUntilNot(url: string, statuses: readonly string[]): Promise<AcmeObject> {
    const { signal } = this.#options;
    const endMs = performance.now() + WAIT_MS;
    for (;;) {
      const reply = await this.#post(url);
      const object = parsed(reply);
      if (!statuses.includes(statusOf(object))) return object;
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

const CREATED = 201;

const BAD_NONCE = "urn:ietf:params:acme:error:badNonce";

function failure(reply: AcmeReply): string {
  const words = isProblem(reply) ? sentenceOf(parsed(reply)) : "";
  return words || `the authority answers with status ${reply.status}`;
}

function isProblem({ headers }: AcmeReply): boolean {
  return headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

function isNonceOld(reply: AcmeReply): boolean {
  return isProblem(reply) && parsed(reply).type === BAD_NONCE;
}

function parsed({ text }: AcmeReply): AcmeObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {}
  return objectOf(value);
}

function directoryIn(object: AcmeObject): Directory {
  const { termsOfService } = Object(object.meta) as AcmeObject;
  return {
    newNonce: textIn(object, "newNonce"),
    newAccount: textIn(object, "newAccount"),
    newOrder: textIn(object, "newOrder"),
    terms: typeof termsOfService === "string" ? termsOfService : undefined,
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
