import type { CertificateExpiry } from "@headgate/tls";
import type { Guard } from "@headgate/transport";
import type { Logger } from "pino";

/** More often than lines are written, so that the moment of expiry is not missed by a day. */
const INTERVAL_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Certificates are renewed 30 days before, or at a third of their life. What is left after that is a renewal that fails. */
const NOTICE_DAYS = 14;

interface Said {
  readonly atMs: number;
  readonly hasExpired: boolean;
}

/** Says once a day which certificates expire soon or have expired, as long as it has been so. */
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
    if (hasExpired) this.#log.error(line, "a certificate has expired: clients refuse it");
    else this.#log.warn({ ...line, daysLeft: Math.floor(daysLeft) }, "a certificate expires soon");
  }
}
