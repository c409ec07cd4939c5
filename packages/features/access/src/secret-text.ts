import { sha256 } from "./texts.ts";

/** Longer ones are no keys, and do not fit into a stream's name. Characters. */
const MAX_SECRET_LENGTH = 512;

/** A key of the configuration, written as it is or as its hash. Only the hash is kept. */
export class SecretText {
  /** SHA-256. */
  readonly digest: Buffer;

  private constructor(digest: Buffer) {
    this.digest = digest;
  }

  /** Undefined for what is no key: it is not a text, or begins like a hash and is none. */
  static parse(written: unknown): SecretText | undefined {
    if (typeof written !== "string" || written === "" || written.length > MAX_SECRET_LENGTH) return undefined;
    if (!written.startsWith("sha256:")) return new SecretText(sha256(written));
    const [, hex] = /^sha256:([0-9a-f]{64})$/i.exec(written) ?? [];
    return hex === undefined ? undefined : new SecretText(Buffer.from(hex, "hex"));
  }

  toJSON(): string {
    return MASKED;
  }
}

/** What is shown in place of a secret. */
export const MASKED = "(secret)";

/** The line for a configuration. */
export function hashLine(secret: string): string {
  return `sha256:${sha256(secret).toString("hex")}`;
}
