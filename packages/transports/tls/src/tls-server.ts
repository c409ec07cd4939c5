import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Faults } from "@headgate/transport";
import { type Certificate, CertificateError, type CertificateFiles, readCertificate } from "./certificate.ts";
import type { TlsSettings } from "./config.ts";
import { firstRecord } from "./first-record.ts";
import { HandshakeTurns } from "./handshake-turns.ts";
import { RecordWatch } from "./record-watch.ts";
import { finishHandshake, type OnInvalid } from "./server-socket.ts";

/** At least one certificate. */
export interface TlsOptions extends TlsSettings {
  readonly handshakeMs: number;
  readonly faults: Faults;
}

/** When a certificate in use expires. */
export interface CertificateExpiry {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

/** One certificate, ready for use. */
interface Identity {
  readonly certificate: Certificate;
  readonly context: SecureContext;
}

/** The server's side of TLS, on sockets handed to it. */
export class TlsServer {
  readonly #options: TlsOptions;
  readonly #records: RecordWatch;
  readonly #turns: HandshakeTurns;
  #identities: Identity[];

  /** Throws a CertificateError with a line for every pair of files that cannot be used. */
  constructor(options: TlsOptions) {
    this.#options = options;
    this.#records = new RecordWatch(options.faults);
    this.#turns = new HandshakeTurns(options.faults);
    const loaded = options.certificates.map((files) => this.#load(files));
    const problems = loaded.filter((outcome) => typeof outcome === "string");
    if (problems.length > 0) throw new CertificateError(problems.join("\n"));
    this.#identities = loaded.filter((outcome) => typeof outcome !== "string");
  }

  /** The files to watch for changes. */
  get files(): readonly string[] {
    return this.#options.certificates.flatMap(({ cert, key }) => [cert, key]);
  }

  /** Of the certificates in use, which may be older than the files if those cannot be used. */
  get expiries(): readonly CertificateExpiry[] {
    return this.#identities.map(({ certificate: { expiresMs } }, index) => ({
      file: this.#options.certificates[index]!.cert,
      expiresMs,
    }));
  }

  /**
   * Reads the files again, for new connections. A pair that cannot be used leaves the old one in use; the returned sentences
   * say why.
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

  /**
   * Shakes hands with the client on `socket`, whose bytes are all still to be read, in `handshakeMs` with the wait for its
   * turn. Rejects with a ProtocolError, the socket destroyed. `onInvalid` is called at most once, when the client breaks TLS
   * after the handshake; the connection then ends.
   */
  async secure(socket: Socket, remoteAddress: string, onInvalid: OnInvalid): Promise<Socket> {
    const deadlineMs = performance.now() + this.#options.handshakeMs;
    try {
      await firstRecord(socket, deadlineMs, this.#options.faults);
      const endTurn = await this.#turns.begin(socket, remoteAddress, deadlineMs);
      return await this.#shakeHands(socket, deadlineMs, onInvalid).finally(endTurn);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #shakeHands(socket: Socket, deadlineMs: number, onInvalid: OnInvalid): Promise<Socket> {
    const secured = this.#wrap(socket);
    await finishHandshake(secured, { deadlineMs, onInvalid, faults: this.#options.faults });
    this.#records.watch(secured, socket, onInvalid);
    return secured;
  }

  #wrap(socket: Socket): TLSSocket {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#identities[0]!.context,
      ...(this.#identities.length > 1 && { SNICallback: this.#chooseByName }),
    });
    // A renegotiation costs the client a few bytes and this process a signature. No client of RTMP or HTTP asks for one.
    secured.disableRenegotiation();
    return secured;
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
