import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { AddressLine } from "@headgate/transport";

/** 16 MiB and some 40 ms for each password that is tried. */
const COST: ScryptOptions = { N: 16_384, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Hashing takes threads that also look up names and read files. */
const MAX_AT_ONCE = 2;

/** Passwords that wait for their turn: those of two and a half seconds. */
const MAX_WAITING = 128;

/** A password's scrypt hash, written as `scrypt:SALT:HASH` in base64url. */
export class PasswordHash {
  readonly #salt: Buffer;
  readonly #hash: Buffer;

  private constructor(salt: Buffer, hash: Buffer) {
    this.#salt = salt;
    this.#hash = hash;
  }

  static parse(text: string): PasswordHash | undefined {
    const [, salt, hash] = /^scrypt:([\w-]{22}):([\w-]{43})$/.exec(text) ?? [];
    if (salt === undefined || hash === undefined) return undefined;
    return new PasswordHash(Buffer.from(salt, "base64url"), Buffer.from(hash, "base64url"));
  }

  static async of(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await hashOf(password, salt);
    return `scrypt:${salt.toString("base64url")}:${hash.toString("base64url")}`;
  }

  async matches(password: string): Promise<boolean> {
    return timingSafeEqual(await hashOf(password, this.#salt), this.#hash);
  }
}

function hashOf(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}

/**
 * Does so much hashing at once, and keeps some waiting. Addresses take turns, and one may have half of the places that are free, so
 * that passwords which are tried in numbers keep nobody else out.
 */
export class HashingTurns {
  readonly #line = new AddressLine<() => void>();
  #running = 0;

  /** For a peer whose address has this key. Undefined if too many wait. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> | undefined {
    if (this.#line.sizeOf(key) >= MAX_WAITING - this.#line.size) return undefined;
    return this.#turn(key).then(async () => {
      try {
        return await work();
      } finally {
        this.#running -= 1;
        this.#line.take()?.();
      }
    });
  }

  #turn(key: string): Promise<void> {
    if (this.#running < MAX_AT_ONCE) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#line.add(key, () => {
        this.#running += 1;
        resolve();
      });
    });
  }
}
