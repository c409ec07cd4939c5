import type { Feature } from "@headgate/feature";
import { KeySet } from "@headgate/jwt";
import type { Logger } from "pino";
import { type AccessConfig, type AccessState, accessState } from "./access-state.ts";
import { addressPolicy } from "./addresses.ts";
import { authmodPolicy } from "./authmod/authmod.ts";
import { Challenges } from "./authmod/challenge.ts";
import { credentialPolicy } from "./credentials.ts";
import { FailedTries } from "./failed-tries.ts";

export interface AccessParts {
  readonly log: Logger;
  /** Secret, and the same in all processes of a server: a dialogue may go on in another one. */
  readonly challengeKey: Uint8Array;
}

/** Who may connect, publish and play. */
export class Access {
  readonly #log: Logger;
  readonly #challengeKey: Uint8Array;
  readonly #tries = new FailedTries();
  readonly #authenticated = new WeakMap<object, string>();
  #keySet: { readonly url: string; readonly keys: KeySet } | undefined;
  #state: AccessState;

  constructor(config: AccessConfig, { log, challengeKey }: AccessParts) {
    this.#log = log;
    this.#challengeKey = challengeKey;
    this.#state = this.#stateOf(config);
  }

  /** Another configuration, for requests from now on. */
  configure(config: AccessConfig): void {
    this.#state = this.#stateOf(config);
  }

  /** By address: the cheapest question comes first. */
  get addresses(): Feature {
    return { name: "addresses", policies: [addressPolicy(() => this.#state)] };
  }

  /** By keys, users, signed URLs and tokens. */
  get credentials(): Feature {
    const state = (): AccessState => this.#state;
    const tries = this.#tries;
    const authmod = authmodPolicy({
      state,
      tries,
      challenges: new Challenges(this.#challengeKey),
      authenticated: this.#authenticated,
      now: Date.now,
    });
    return {
      name: "credentials",
      policies: [authmod, credentialPolicy(state, tries, Date.now)],
      metrics: [
        {
          name: "headgate_jwks_failures_total",
          help: "Fetches of the keys of tokens (access.jwt.jwks) that have failed.",
          kind: "counter",
          read: () => this.#keySet?.keys.failures ?? 0,
        },
      ],
    };
  }

  #stateOf(config: AccessConfig): AccessState {
    return accessState(config, {
      authenticated: this.#authenticated,
      keySetOf: (url) => this.#keySetOf(url),
    });
  }

  /** Keys that are known outlive a configuration. */
  #keySetOf(url: URL): KeySet {
    if (this.#keySet?.url !== url.href) {
      const failed = (error: unknown): void =>
        this.#log.warn(
          { host: url.host, error: (error as Error).message },
          "the keys of tokens cannot be fetched; those that are known are used",
        );
      this.#keySet = { url: url.href, keys: new KeySet(() => url, Date.now, failed) };
    }
    return this.#keySet.keys;
  }
}
