import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, type TLSSocket } from "node:tls";
import type { Faults } from "@headgate/transport";
import {
  type Certificate,
  CertificateError,
  type CertificateFiles,
  readAuthorities,
  readCertificate,
} from "./certificate.ts";
import { ACME_PROTOCOL, type ClientHello, readClientHello } from "./client-hello.ts";
import type { TlsSettings, TlsVersion } from "./config.ts";
import type { OnInvalid } from "./end-invalid.ts";
import { firstRecord } from "./first-record.ts";
import { HandshakeTurns } from "./handshake-turns.ts";
import { PostHandshakeWatch } from "./post-handshake-watch.ts";
import { finishHandshake } from "./server-socket.ts";
import { SplittingSocket } from "./splitting-socket.ts";

/** At least one certificate. */
export interface TlsOptions extends TlsSettings {
  readonly handshakeMs: number;
  readonly faults: Faults;
  /**
   * A PEM file. Clients are asked for a certificate of these authorities, and may have none: `authorized` of the socket says
   * whether the one they show is valid. Sessions are not resumed, because it may have been withdrawn meanwhile.
   */
  readonly clientCa?: string;
  /** What proves to an ACME server that a name is this server's; undefined if there is no challenge for it. Never rejects. */
  readonly proofOf?: (serverName: string) => Promise<Proof | undefined> | undefined;
}

/** A certificate for one ACME challenge alone, with its private key (RFC 8737 §3). PEM. */
export interface Proof {
  readonly cert: string;
  readonly key: string;
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
  /** The same without TLS 1.3, unless that is the only version. */
  readonly contextForLibrtmp: SecureContext;
}

interface Handshake {
  readonly deadlineMs: number;
  readonly onInvalid: OnInvalid;
}

/** The server's side of TLS, on sockets handed to it. */
export class TlsServer {
  readonly #options: TlsOptions;
  readonly #postHandshake: PostHandshakeWatch;
  readonly #turns: HandshakeTurns;
  #identities: Identity[];
  #failures = 0;

  /** Throws a CertificateError with a line for every pair of files that cannot be used. */
  constructor(options: TlsOptions) {
    this.#options = options;
    this.#postHandshake = new PostHandshakeWatch("client", options.faults);
    this.#turns = new HandshakeTurns(options.faults);
    const loaded = options.certificates.map((files) => this.#load(files));
    const problems = loaded.filter((outcome) => typeof outcome === "string");
    if (problems.length > 0) throw new CertificateError(problems.join("\n"));
    this.#identities = loaded.filter((outcome) => typeof outcome !== "string");
  }

  /** How many handshakes have failed so far. */
  get failures(): number {
    return this.#failures;
  }

  /** The files to watch for changes. */
  get files(): readonly string[] {
    const { certificates, clientCa } = this.#options;
    const files = certificates.flatMap(({ cert, key }) => [cert, key]);
    return clientCa === undefined ? files : [...files, clientCa];
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
   * after the handshake; the connection then ends. It has ended already when it was one for an ACME challenge.
   */
  async secure(socket: Socket, remoteAddress: string, onInvalid: OnInvalid): Promise<Socket> {
    const deadlineMs = performance.now() + this.#options.handshakeMs;
    try {
      const hello = readClientHello(await firstRecord(socket, deadlineMs, this.#options.faults));
      const endTurn = await this.#turns.begin(socket, remoteAddress, deadlineMs);
      return await this.#answer(socket, hello, { deadlineMs, onInvalid }).finally(endTurn);
    } catch (error) {
      this.#failures += 1;
      socket.destroy();
      throw error;
    }
  }

  async #answer(socket: Socket, hello: ClientHello | undefined, handshake: Handshake): Promise<Socket> {
    const proof = hello?.isAcme && (await this.#options.proofOf?.(hello.serverName ?? ""));
    if (!proof) return this.#serve(socket, hello, handshake);
    const secured = new SplittingSocket(socket, createSecureContext(proof), {
      ALPNProtocols: [ACME_PROTOCOL],
    });
    return end(await this.#shakeHands(secured, handshake));
  }

  async #serve(socket: Socket, hello: ClientHello | undefined, handshake: Handshake): Promise<Socket> {
    const requestCert = this.#options.clientCa !== undefined;
    const secured = await this.#shakeHands(
      new SplittingSocket(socket, this.#contextFor(hello), { requestCert }),
      handshake,
    );
    secured.authorized = requestCert && isVerified(secured);
    return secured;
  }

  async #shakeHands(secured: SplittingSocket, { deadlineMs, onInvalid }: Handshake): Promise<TLSSocket> {
    // A renegotiation costs the client a few bytes and this process a signature. No client of RTMP or HTTP asks for one.
    secured.disableRenegotiation();
    this.#postHandshake.watch(secured, onInvalid);
    secured.smallRecords.endOnFlood(secured, this.#options.faults, onInvalid);
    await finishHandshake(secured, { deadlineMs, onInvalid, faults: this.#options.faults });
    return secured;
  }

  #contextFor(hello: ClientHello | undefined): SecureContext {
    const name = hello?.serverName;
    const named = this.#identities.find(({ certificate }) => name !== undefined && certificate.covers(name));
    const { context, contextForLibrtmp } = named ?? this.#identities[0]!;
    return hello !== undefined && isLibrtmp(hello) ? contextForLibrtmp : context;
  }

  #load(files: CertificateFiles): Identity | string {
    try {
      const certificate = readCertificate(files, Date.now());
      const { minVersion, maxVersion } = this.#options;
      const context = this.#contextOf(certificate, maxVersion);
      const isTls13Optional = maxVersion === "TLSv1.3" && minVersion !== "TLSv1.3";
      const contextForLibrtmp = isTls13Optional ? this.#contextOf(certificate, "TLSv1.2") : context;
      return { certificate, context, contextForLibrtmp };
    } catch (error) {
      if (error instanceof CertificateError) return error.message;
      return `${files.cert} and ${files.key} cannot be used: ${(error as Error).message}`;
    }
  }

  #contextOf({ certPem, keyPem }: Certificate, maxVersion: TlsVersion): SecureContext {
    const { minVersion, clientCa } = this.#options;
    const isOld = minVersion === "TLSv1" || minVersion === "TLSv1.1";
    return createSecureContext({
      cert: certPem,
      key: keyPem,
      ...(clientCa !== undefined && { ca: readAuthorities(clientCa) }),
      minVersion,
      maxVersion,
      // OpenSSL 3 has no cipher for the old versions at its usual security level.
      ciphers: `${CHEAPEST_CIPHER}:${isOld ? "DEFAULT@SECLEVEL=0" : `${DEFAULT_CIPHERS}:${NO_RSA_KEY_EXCHANGE}`}`,
      honorCipherOrder: true,
      // But not for clients that would rather have ChaCha20: their processor has no instructions for AES.
      secureOptions:
        constants.SSL_OP_PRIORITIZE_CHACHA | (clientCa === undefined ? 0 : constants.SSL_OP_NO_TICKET),
    });
  }
}

/** Whether the client has shown a certificate of an authority in its context: `tls.Server` alone would tell. */
function isVerified(secured: TLSSocket): boolean {
  const { _handle: handle } = secured as unknown as {
    readonly _handle: { verifyError(): Error | null } | null;
  };
  return handle !== null && handle.verifyError() === null;
}

/** Ends a connection on which nothing is to follow the handshake. Resolves when it is closed. */
function end(secured: TLSSocket): Promise<TLSSocket> {
  return new Promise((resolve) => {
    secured.once("close", () => resolve(secured));
    secured.destroySoon();
  });
}

/** Every client of TLS 1.3 has it (RFC 8446 §9.1). AES with 256-bit keys, which most clients name first, costs a tenth more. */
const CHEAPEST_CIPHER = "TLS_AES_128_GCM_SHA256";

/**
 * With it, a handshake costs this process most after its turn: clients could save up their second flights and have the process
 * decipher them all at once, for over a second with 240. Some clients of the old versions know nothing else.
 */
const NO_RSA_KEY_EXCHANGE = "!kRSA";

/**
 * librtmp with GnuTLS, as in Debian, offers TLS 1.3 and then takes the session tickets that follow the handshake for an error.
 * It never names a host. Other programs with GnuTLS name one, unless they connect to an address, and lose a round trip then.
 */
function isLibrtmp({ isGnuTls, serverName }: ClientHello): boolean {
  return isGnuTls && serverName === undefined;
}
