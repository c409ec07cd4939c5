import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { fetchJson } from "./fetch-json.ts";

/** After this time the keys are fetched again, so that one that was withdrawn is not trusted for ever. Milliseconds. */
const MAX_AGE_MS = 10 * 60_000;

/** A token with an unknown key has them fetched again, but not more often: anybody can make one. Milliseconds. */
const COOLDOWN_MS = 30_000;

/** Until there are keys all tokens are refused, and the server may start at the same time as this one. Milliseconds. */
const FIRST_COOLDOWN_MS = 2_000;

/** The public keys of a server that issues tokens. While it cannot be reached, those that are known are used. */
export class KeySet {
  readonly #locate: () => URL | Promise<URL>;
  readonly #now: () => number;
  readonly #onFailure: (error: unknown) => void;
  #keys: JWTVerifyGetKey | undefined;
  #triedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  failures = 0;

  /** `locate` says where they are, each time that they are fetched. */
  constructor(locate: () => URL | Promise<URL>, now: () => number, onFailure: (error: unknown) => void) {
    this.#locate = locate;
    this.#now = now;
    this.#onFailure = onFailure;
  }

  /** The key of a token. Rejects with JWKSNoMatchingKey, or with KeysUnavailable if no key has ever been fetched. */
  readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    const isOld = this.#now() - this.#triedMs >= MAX_AGE_MS;
    if (!this.#keys || isOld) await this.#refresh();
    if (!this.#keys) throw new KeysUnavailable();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh();
      return this.#keys(header, token);
    }
  };

  /** Once for all that wait, and not too often. */
  #refresh(): Promise<void> {
    if (this.#fetching) return this.#fetching;
    const cooldownMs = this.#keys ? COOLDOWN_MS : FIRST_COOLDOWN_MS;
    if (this.#now() - this.#triedMs < cooldownMs) return Promise.resolve();
    this.#triedMs = this.#now();
    this.#fetching = this.#fetch();
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      this.#keys = createLocalJWKSet((await fetchJson(await this.#locate())) as JSONWebKeySet);
    } catch (error) {
      this.failures += 1;
      this.#onFailure(error);
    } finally {
      this.#fetching = undefined;
    }
  }
}

/** No key has been fetched yet. */
export class KeysUnavailable extends Error {}
