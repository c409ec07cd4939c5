import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Proof } from "@headgate/tls";
import { AcmeError } from "./acme-error.ts";
import { keyPem, makeKey, selfSigned } from "./certificates.ts";
import { writePrivate } from "./write-private.ts";

export type ChallengeType = "http-01" | "tls-alpn-01";

/** What the authority's questions are answered with. None of them rejects. */
export interface ChallengeAnswers {
  /** RFC 8555 §8.3. */
  httpAnswer(token: string): Promise<string | undefined>;
  /** RFC 8737 §3. */
  tlsAnswer(serverName: string): Promise<Proof | undefined>;
}

interface Challenge {
  readonly domain: string;
  readonly token: string;
  /** What proves that the account of the token answers. */
  readonly keyAuthorization: string;
}

/**
 * The challenges that are under way. Their answers are files, so that whichever worker is asked has them, also one
 * that has just been started.
 */
export class Challenges implements ChallengeAnswers {
  readonly #folder: string;
  readonly #domains: ReadonlySet<string>;

  constructor(folder: string, domains: readonly string[]) {
    this.#folder = join(folder, "challenges");
    this.#domains = new Set(domains);
  }

  /** Forgets what a process that was killed has left. */
  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Answers from now on, until the function that it resolves with is called. */
  async answer(type: ChallengeType, challenge: Challenge): Promise<() => Promise<void>> {
    const { domain, token, keyAuthorization } = challenge;
    // They become names of files.
    if (!TOKEN.test(token) || !this.#domains.has(domain))
      throw new AcmeError("the authority asks for something else than what was ordered");
    const file = type === "http-01" ? this.#httpFile(token) : this.#tlsFile(domain);
    writePrivate(file, type === "http-01" ? keyAuthorization : await tlsAnswer(domain, keyAuthorization));
    return () => rm(file, { force: true });
  }

  async httpAnswer(token: string): Promise<string | undefined> {
    return TOKEN.test(token) ? read(this.#httpFile(token)) : undefined;
  }

  async tlsAnswer(serverName: string): Promise<Proof | undefined> {
    const domain = serverName.toLowerCase();
    const pem = this.#domains.has(domain) ? await read(this.#tlsFile(domain)) : undefined;
    return pem === undefined ? undefined : { cert: pem, key: pem };
  }

  #httpFile(token: string): string {
    return join(this.#folder, `${token}.token`);
  }

  #tlsFile(domain: string): string {
    return join(this.#folder, `${domain}.pem`);
  }
}

/** RFC 8555 §8.1. Those of Let's Encrypt have 43 characters. */
const TOKEN = /^[\w-]{1,200}$/;

/** For as long as the authority may take to ask, and clocks may differ. */
const TLS_ANSWER_DAYS = 1;

async function tlsAnswer(domain: string, keyAuthorization: string): Promise<string> {
  const key = await makeKey();
  const acmeIdentifier = createHash("sha256").update(keyAuthorization).digest();
  const options = { names: [domain], key, commonName: domain, days: TLS_ANSWER_DAYS };
  return keyPem(key) + selfSigned({ ...options, acmeIdentifier });
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
