import {
  CertificateError,
  type CertificateExpiry,
  type CertificateFiles,
  TlsServer,
  watchFiles,
} from "@headgate/tls";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { ExpiryWatch } from "./certificate-expiry.ts";
import type { ListenerOptions } from "./config/config.ts";
import { CERTIFICATES_FOLDER, ensureDevelopmentCertificate } from "./development-certificate.ts";

/** TLS for the listeners that have it. */
export class TlsServers {
  /** Certificates that cannot be used, one line each. */
  readonly problems: readonly string[];
  readonly #servers: ReadonlyMap<ListenerOptions, TlsServer>;
  readonly #log: Logger;
  readonly #guard: Guard;
  readonly #unwatch: () => void;
  #expiryWatch: ExpiryWatch | undefined;

  /** If no certificate is configured at all, a development certificate is used, and made if necessary. */
  constructor(listeners: readonly ListenerOptions[], handshakeMs: number, log: Logger, faults: Faults) {
    const takers = listeners.filter(
      ({ protocols }) => protocols.includes("rtmps") || protocols.includes("https"),
    );
    const hasCertificates = listeners.some(({ tls }) => tls.certificates.length > 0);
    const fallback = hasCertificates || takers.length === 0 ? [] : developmentCertificates(log);
    const servers = new Map<ListenerOptions, TlsServer>();
    const problems: string[] = [];
    for (const listener of takers) {
      const certificates = listener.tls.certificates.length > 0 ? listener.tls.certificates : fallback;
      if (certificates.length === 0) continue;
      const outcome = open({ ...listener.tls, certificates, handshakeMs, faults });
      if (typeof outcome === "string")
        problems.push(`listeners[${listeners.indexOf(listener)}].tls: ${outcome}`);
      else servers.set(listener, outcome);
    }
    for (const { port, tls } of servers.keys()) {
      if (tls.minVersion === "TLSv1" || tls.minVersion === "TLSv1.1") {
        log.warn(
          { port, minVersion: tls.minVersion },
          "TLS 1.0 and 1.1 are not safe; allow them only for players that have nothing newer",
        );
      }
    }
    this.problems = problems;
    this.#servers = servers;
    this.#log = log;
    // The certificates in use stay.
    this.#guard = new Guard(faults, "task", () => {});
    const files = [...servers.values()].flatMap((server) => server.files);
    this.#unwatch = watchFiles([...new Set(files)], () => this.reload());
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

  #reload(): void {
    const problems = new Set([...this.#servers.values()].flatMap((server) => server.reload()));
    for (const problem of problems)
      this.#log.error({ problem }, "certificate cannot be used; keeping the old one");
    if (problems.size === 0) this.#log.info("certificates reloaded");
    this.#expiryWatch?.check();
  }
}

function open(options: ConstructorParameters<typeof TlsServer>[0]): TlsServer | string {
  try {
    return new TlsServer(options);
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
