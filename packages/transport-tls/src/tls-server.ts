import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { ProtocolError } from "@headgate/bytes";
import { type Certificate, CertificateError, type CertificateFiles, readCertificate } from "./certificate.ts";

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export interface TlsOptions {
  /** The first is also for clients that do not say which host they want, such as librtmp. At least one. */
  readonly certificates: readonly CertificateFiles[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly handshakeMs: number;
}

/** One certificate, ready for use. */
interface Identity {
  readonly certificate: Certificate;
  readonly context: SecureContext;
}

/** The server's side of TLS, over sockets that are handed to it. */
export class TlsServer {
  readonly #options: TlsOptions;
  #identities: Identity[];

  /** Throws a CertificateError with a line for every pair of files that cannot be used. */
  constructor(options: TlsOptions) {
    this.#options = options;
    const loaded = options.certificates.map((files) => this.#load(files));
    const problems = loaded.filter((outcome) => typeof outcome === "string");
    if (problems.length > 0) throw new CertificateError(problems.join("\n"));
    this.#identities = loaded.filter((outcome) => typeof outcome !== "string");
  }

  /** The files to watch for changes. */
  get files(): readonly string[] {
    return this.#options.certificates.flatMap(({ cert, key }) => [cert, key]);
  }

  /**
   * Reads the files again, for connections from now on. Of a pair that cannot be used the old one stays; the returned
   * sentences say why.
   */
  reload(): readonly string[] {
    const problems: string[] = [];
    this.#identities = this.#options.certificates.map((files, index) => {
      const outcome = this.#load(files);
      if (typeof outcome !== "string") return outcome;
      problems.push(outcome);
      return this.#identities[index]!;
    });
    return problems;
  }

  /** Shakes hands with the client on `socket`, whose bytes are all still to be read. Rejects with a ProtocolError. */
  secure(socket: Socket): Promise<Socket> {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#identities[0]!.context,
      ...(this.#identities.length > 1 && { SNICallback: this.#chooseByName }),
    });
    return new Promise((resolve, reject) => {
      let failure = "the connection ended";
      const timer = setTimeout(() => {
        failure = "it takes too long";
        secured.destroy();
      }, this.#options.handshakeMs);
      const onClose = (): void => {
        clearTimeout(timer);
        reject(new ProtocolError("TLS_HANDSHAKE_FAILED", `the TLS handshake failed: ${failure}`));
      };
      secured.once("secure", () => {
        clearTimeout(timer);
        secured.off("close", onClose);
        resolve(secured);
      });
      secured.on("error", (error) => {
        failure = reasonOf(error);
        secured.destroy();
      });
      secured.once("close", onClose);
    });
  }

  #load(files: CertificateFiles): Identity | string {
    try {
      const certificate = readCertificate(files, Date.now());
      return { certificate, context: this.#contextOf(certificate) };
    } catch (error) {
      if (error instanceof CertificateError) return error.message;
      return `${files.cert} and ${files.key} cannot be used: ${(error as Error).message}`;
    }
  }

  #contextOf({ certPem, keyPem }: Certificate): SecureContext {
    const { minVersion, maxVersion } = this.#options;
    const isOld = minVersion === "TLSv1" || minVersion === "TLSv1.1";
    return createSecureContext({
      cert: certPem,
      key: keyPem,
      minVersion,
      maxVersion,
      // OpenSSL 3 has no cipher for the old versions at its usual security level.
      ...(isOld && { ciphers: "DEFAULT@SECLEVEL=0" }),
    });
  }

  readonly #chooseByName = (
    serverName: string,
    done: (error: null, context: SecureContext) => void,
  ): void => {
    const named = this.#identities.find(({ certificate }) => certificate.covers(serverName));
    done(null, (named ?? this.#identities[0]!).context);
  };
}

/** OpenSSL's message names its source file; the reason it gives is enough. */
function reasonOf(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
  return error.reason ?? (error.code === "ECONNRESET" ? "connection reset" : error.message);
}
