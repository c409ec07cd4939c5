import type { CertificateExpiry } from "@headgate/tls";
import type { Guard } from "@headgate/transport";
import type { Logger } from "pino";

/** Checked more often than logged, so that the log is not a day late when a certificate expires. */
const INTERVAL_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Certificates are usually renewed 30 days before they expire, or after two thirds of their life. With less time left, the
 * renewal has failed.
 */
const NOTICE_DAYS = 14;

interface Said {
  readonly atMs: number;
  readonly hasExpired: boolean;
}

/** Logs once a day which certificates expire soon or have expired. */
export class ExpiryWatch {
  readonly #certificates: () => readonly CertificateExpiry[];
  readonly #log: Logger;
  readonly #said = new Map<string, Said>();
  readonly #timer: NodeJS.Timeout;

  constructor(certificates: () => readonly CertificateExpiry[], log: Logger, guard: Guard) {
    this.#certificates = certificates;
    this.#log = log;
    this.#timer = setInterval(
      guard.entry(() => this.check()),
      INTERVAL_MS,
    );
    this.#timer.unref();
  }

  check(): void {
    for (const certificate of this.#certificates()) this.#checkOne(certificate);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #checkOne({ file, expiresMs }: CertificateExpiry): void {
    const daysLeft = (expiresMs - Date.now()) / DAY_MS;
    if (daysLeft > NOTICE_DAYS) {
      this.#said.delete(file);
      return;
    }
    const hasExpired = daysLeft <= 0;
    const said = this.#said.get(file);
    const nowMs = performance.now();
    if (said?.hasExpired === hasExpired && nowMs - said.atMs < DAY_MS) return;
    this.#said.set(file, { atMs: nowMs, hasExpired });
    const line = { certificate: file, expires: new Date(expiresMs).toISOString() };
    if (hasExpired) this.#log.error(line, "certificate expired; clients refuse it");
    else this.#log.warn({ ...line, daysLeft: Math.floor(daysLeft) }, "certificate expires soon");
  }
}
