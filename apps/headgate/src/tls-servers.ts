import { isDeepStrictEqual } from "node:util";
import type { Acme } from "@headgate/acme";
import {
  CertificateError,
  type CertificateExpiry,
  type CertificateFiles,
  TlsServer,
  watchFiles,
} from "@headgate/tls";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { addressOf } from "./bound-listeners.ts";
import { ExpiryWatch } from "./certificate-expiry.ts";
import { hasTls, type ListenerOptions } from "./config/config.ts";
import { ensureDevelopmentCertificate } from "./development-certificate.ts";
import { CERTIFICATES_FOLDER } from "./known-names.ts";

export interface TlsServersOptions {
  /** The one in force. */
  readonly handshakeMs: () => number;
  /** There if a listener wants certificates of an authority. */
  readonly acme: Acme | undefined;
  readonly log: Logger;
  readonly faults: Faults;
}

/** TLS of listeners that are to be in place of those that are there. */
export interface PreparedTls {
  /** Certificates that cannot be used, one line each. */
  readonly problems: readonly string[];
  of(listener: ListenerOptions): TlsServer | undefined;
  commit(): void;
}

/** TLS for the listeners that have it. */
export class TlsServers {
  readonly #options: TlsServersOptions;
  readonly #log: Logger;
  readonly #guard: Guard;
  #servers: ReadonlyMap<ListenerOptions, TlsServer> = new Map();
  #unwatch: () => void = () => {};
  #expiryWatch: ExpiryWatch | undefined;

  constructor(options: TlsServersOptions) {
    this.#options = options;
    this.#log = options.log;
    // The certificates in use stay.
    this.#guard = new Guard(options.faults, "task", () => {});
  }

  /**
   * Reads the certificates of these listeners. If none is configured at all, a development certificate is used, and made if
   * necessary. What a listener has in use stays if nothing of it has changed.
   */
  prepare(listeners: readonly ListenerOptions[]): PreparedTls {
    const takers = listeners.filter(hasTls);
    const isConfigured = listeners.some(
      ({ tls }) => tls.certificates.length > 0 || tls.acme.domains.length > 0,
    );
    const fallback = isConfigured || takers.length === 0 ? [] : developmentCertificates(this.#log);
    const servers = new Map<ListenerOptions, TlsServer>();
    const problems: string[] = [];
    for (const listener of takers) {
      const outcome = this.#inUse(listener, fallback) ?? open(listener, fallback, this.#options);
      if (typeof outcome === "string")
        problems.push(`listeners[${listeners.indexOf(listener)}].tls: ${outcome}`);
      else if (outcome) servers.set(listener, outcome);
    }
    return { problems, of: (listener) => servers.get(listener), commit: () => this.#commit(servers) };
  }

  of(listener: ListenerOptions): TlsServer | undefined {
    return this.#servers.get(listener);
  }

  /** By listener, when the first of its certificates expires. Milliseconds since 1970. */
  get expiries(): readonly { readonly port: number; readonly expiresMs: number }[] {
    return [...this.#servers].map(([{ port }, server]) => ({
      port,
      expiresMs: Math.min(...server.expiries.map(({ expiresMs }) => expiresMs)),
    }));
  }

  /** By the listener's port, how many handshakes have failed. */
  get failures(): ReadonlyMap<string, number> {
    return new Map([...this.#servers].map(([{ port }, { failures }]) => [String(port), failures]));
  }

  /** Begins to log which certificates expire. */
  watchExpiry(): void {
    this.#expiryWatch = new ExpiryWatch(() => this.#certificates(), this.#log, this.#guard);
    this.#expiryWatch.check();
  }

  /** Reads all certificates again, for connections from now on. */
  reload(): void {
    this.#guard.run(() => this.#reload());
  }

  close(): void {
    this.#unwatch();
    this.#expiryWatch?.close();
  }

  /** Each certificate once, even if several listeners have it. */
  #certificates(): readonly CertificateExpiry[] {
    const all = [...this.#servers.values()].flatMap(({ expiries }) => expiries);
    return [...new Map(all.map((expiry) => [expiry.file, expiry])).values()];
  }

  #commit(servers: ReadonlyMap<ListenerOptions, TlsServer>): void {
    for (const [{ port, tls }, server] of servers) {
      const isNew = ![...this.#servers.values()].includes(server);
      if (isNew && (tls.minVersion === "TLSv1" || tls.minVersion === "TLSv1.1")) {
        this.#log.warn(
          { port, minVersion: tls.minVersion },
          "TLS 1.0 and 1.1 are not safe; allow them only for players that have nothing newer",
        );
      }
    }
    this.#servers = servers;
    this.#unwatch();
    const files = [...servers.values()].flatMap((server) => server.files);
    this.#unwatch = watchFiles([...new Set(files)], () => this.reload());
    this.#expiryWatch?.check();
  }

  /** Its files are read again when they change. */
  #inUse(listener: ListenerOptions, fallback: readonly CertificateFiles[]): TlsServer | undefined {
    const same = [...this.#servers].find(
      ([known]) => addressOf(known) === addressOf(listener) && isDeepStrictEqual(known.tls, listener.tls),
    );
    const files = (same?.[1].files ?? []).toString();
    const isFallback = fallback.flatMap(({ cert, key }) => [cert, key]).toString() === files;
    const hasOwn = listener.tls.certificates.length > 0 || listener.tls.acme.domains.length > 0;
    return hasOwn || isFallback ? same?.[1] : undefined;
  }

  #reload(): void {
    const problems = new Set([...this.#servers.values()].flatMap((server) => server.reload()));
    for (const problem of problems)
      this.#log.error({ problem }, "certificate cannot be used; keeping the old one");
    if (problems.size === 0) this.#log.info("certificates reloaded");
    this.#expiryWatch?.check();
  }
}

/** A sentence if a certificate cannot be used; undefined if there is none. */
function open(
  { tls }: ListenerOptions,
  fallback: readonly CertificateFiles[],
  { handshakeMs, acme, faults }: TlsServersOptions,
): TlsServer | string | undefined {
  try {
    const obtained = acme && tls.acme.domains.length > 0 ? [acme.filesOf(tls.acme)] : [];
    const own = [...tls.certificates, ...obtained];
    const certificates = own.length > 0 ? own : fallback;
    if (certificates.length === 0) return undefined;
    const proofOf = (serverName: string) => acme?.answers.tlsAnswer(serverName);
    return new TlsServer({
      ...tls,
      certificates,
      get handshakeMs() {
        return handshakeMs();
      },
      faults,
      proofOf,
    });
  } catch (error) {
    if (error instanceof CertificateError) return error.message;
    throw error;
  }
}

/** None if it cannot be written. That does not prevent the start, because it was not configured. */
function developmentCertificates(log: Logger): readonly CertificateFiles[] {
  try {
    return [ensureDevelopmentCertificate(CERTIFICATES_FOLDER)];
  } catch (error) {
    log.warn(
      { reason: (error as Error).message },
      "no certificate is configured and none can be made: no RTMPS",
    );
    return [];
  }
}
