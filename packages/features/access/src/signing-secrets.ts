import { MASK } from "@headgate/config";
import { MASKED } from "./secret-text.ts";

/** Secrets with which something is signed, so they are needed as they are written. */
export class SigningSecrets {
  static readonly NONE: SigningSecrets = new SigningSecrets([]);

  readonly texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  /** One, or a list of several. */
  static parse(written: unknown): SigningSecrets | undefined {
    if (written === "" || written === null) return SigningSecrets.NONE;
    const texts: readonly unknown[] = [written].flat();
    return texts.every((text) => typeof text === "string" && text !== "")
      ? new SigningSecrets(texts as readonly string[])
      : undefined;
  }

  /** As a configuration shows them. */
  static format({ texts }: SigningSecrets): string {
    return texts.length === 0 ? "" : MASK;
  }

  toJSON(): string {
    return this.texts.length === 0 ? "" : MASKED;
  }
}
