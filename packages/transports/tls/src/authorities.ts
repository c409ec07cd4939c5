import { statSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import { readRegularFile } from "@headgate/config";
import { DialError } from "@headgate/transport";
import { MAX_PEM_BYTES } from "./certificate.ts";

/**
 * The authorities of one file in PEM form. To parse those of a system takes 30 ms, which a peer could demand with each connection
 * that is made for it: so they are parsed again only when the file is another one.
 */
export class Authorities {
  readonly #file: string;
  #version = "";
  #context: SecureContext | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** For the TLS client. Throws a DialError. */
  read(): SecureContext {
    try {
      return this.#read();
    } catch (error) {
      throw new DialError("CERTIFICATE_NOT_TRUSTED", `the CA cannot be read: ${(error as Error).message}`);
    }
  }

  #read(): SecureContext {
    const version = versionOf(this.#file);
    if (this.#context && version === this.#version) return this.#context;
    this.#context = createSecureContext({ ca: readRegularFile(this.#file, MAX_PEM_BYTES) });
    this.#version = version;
    return this.#context;
  }
}

function versionOf(file: string): string {
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
  return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
}
