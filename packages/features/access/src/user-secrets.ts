import { adobeHashes, llnwHashes } from "./authmod/hashes.ts";
import { PasswordHash } from "./password-hash.ts";
import { MASKED } from "./secret-text.ts";
import { sha256 } from "./texts.ts";

/** What is kept of a user's password: hashes for the ways in which a client can show it. */
export class UserSecrets {
  /** SHA-256, if the configuration has the password itself. */
  readonly digest: Buffer | undefined;
  readonly scrypt: PasswordHash | undefined;
  readonly adobe: readonly string[];
  readonly llnw: readonly string[];

  private constructor(user: string, password: string | undefined, hashes: readonly string[]) {
    const written = (kind: string) =>
      hashes.filter((each) => each.startsWith(`${kind}:`)).map((each) => each.slice(kind.length + 1));
    const scrypt = hashes.find((each) => each.startsWith("scrypt:"));
    this.digest = password === undefined ? undefined : sha256(password);
    this.scrypt = scrypt === undefined ? undefined : PasswordHash.parse(scrypt);
    this.adobe = password === undefined ? written("adobe") : adobeHashes(user, password);
    this.llnw = password === undefined ? written("llnw") : llnwHashes(user, password);
  }

  /** `written` is a password, or hashes as `lines` makes them. Undefined for anything else. */
  static parse(user: string, written: unknown): UserSecrets | undefined {
    const texts = [written].flat();
    if (texts.length === 0 || !texts.every((text) => typeof text === "string" && text !== ""))
      return undefined;
    const hashes = texts as readonly string[];
    if (hashes.every(isHash)) return new UserSecrets(user, undefined, hashes);
    const [password] = hashes;
    return hashes.length > 1 || looksLikeHash(password!) ? undefined : new UserSecrets(user, password, []);
  }

  /** The hashes of a password for a configuration. */
  static async lines(user: string, password: string): Promise<readonly string[]> {
    return [
      await PasswordHash.of(password),
      ...adobeHashes(user, password).map((hash) => `adobe:${hash}`),
      ...llnwHashes(user, password).map((hash) => `llnw:${hash}`),
    ];
  }

  toJSON(): string {
    return MASKED;
  }
}

function isHash(text: string): boolean {
  return (
    PasswordHash.parse(text) !== undefined || /^(adobe:[A-Za-z0-9+/]{22}==|llnw:[0-9a-f]{32})$/.test(text)
  );
}

function looksLikeHash(text: string): boolean {
  return /^(scrypt|adobe|llnw):/.test(text);
}
