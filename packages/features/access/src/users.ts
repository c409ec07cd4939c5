import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { addressKey } from "@headgate/transport";
import { adobeHashes } from "./authmod/hashes.ts";
import { HashingTurns } from "./password-hash.ts";
import { isSameText, sha256 } from "./texts.ts";
import type { UserSecrets } from "./user-secrets.ts";

export type PasswordOutcome = "right" | "wrong" | "busy";

/** The users of a configuration, and whether a password is theirs. */
export class Users {
  readonly #secrets: ReadonlyMap<string, UserSecrets>;
  readonly #turns = new HashingTurns();
  /** Of passwords that were right: an encoder that comes again costs no hashing. */
  readonly #known = new Map<string, Buffer>();
  readonly #key = randomBytes(32);

  constructor(secrets: ReadonlyMap<string, UserSecrets>) {
    this.#secrets = secrets;
  }

  get names(): readonly string[] {
    return [...this.#secrets.keys()];
  }

  secretsOf(user: string): UserSecrets | undefined {
    return this.#secrets.get(user);
  }

  /** Costs as much for a name that is no user's, so that time tells nobody which names are. */
  verify(user: string, password: string, remoteAddress: string): PasswordOutcome | Promise<PasswordOutcome> {
    const own = this.#secrets.get(user);
    const secrets = own ?? this.#secrets.values().next().value;
    if (!secrets) return "wrong";
    const outcome = (isRight: boolean): PasswordOutcome => (isRight && own ? "right" : "wrong");
    const { digest, scrypt, adobe } = secrets;
    if (digest) return outcome(timingSafeEqual(sha256(password), digest));
    if (!scrypt) return outcome(isOneOf(adobe, adobeHashes(user, password)[0]!));
    const mark = createHmac("sha256", this.#key).update(password).digest();
    const known = own && this.#known.get(user);
    if (known && timingSafeEqual(known, mark)) return "right";
    const hashed = this.#turns.run(addressKey(remoteAddress), () => scrypt.matches(password));
    return hashed?.then((isRight) => this.#remember(user, mark, outcome(isRight))) ?? "busy";
  }

  #remember(user: string, mark: Buffer, outcome: PasswordOutcome): PasswordOutcome {
    if (outcome === "right") this.#known.set(user, mark);
    return outcome;
  }
}

function isOneOf(hashes: readonly string[], hash: string): boolean {
  return hashes.some((each) => isSameText(hash, each));
}
