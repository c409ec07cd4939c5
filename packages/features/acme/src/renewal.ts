import type { Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { AcmeError } from "./acme-error.ts";
import type { ChallengeType } from "./challenges.ts";
import type { ManagedCertificate } from "./managed-certificate.ts";

const MINUTE_MS = 60_000;
const HOUR_MS: number = 60 * MINUTE_MS;

/**
 * The pause after the first failure, and after the second one; then it doubles. Authorities allow five failures for a name in
 * an hour, and the first ones are often those of a server that is just being set up.
 */
export const FIRST_RETRY_MS: number = MINUTE_MS;
export const SECOND_RETRY_MS: number = 10 * MINUTE_MS;
export const MAX_RETRY_MS: number = 6 * HOUR_MS;

/** The longest pause that an authority may ask for. */
export const MAX_RETRY_AFTER_MS: number = 24 * HOUR_MS;

/** A timer does not count the time in which the machine is suspended, so it looks at the clock now and then. */
const MAX_SLEEP_MS: number = 6 * HOUR_MS;

export interface RenewalOptions {
  readonly certificate: Pick<ManagedCertificate, "settings" | "renewalMs" | "isSelfMade">;
  /** How the names can be proved to be this server's; the first is tried first. */
  readonly types: readonly ChallengeType[];
  /** Replaces the certificate. */
  readonly obtain: (type: ChallengeType) => Promise<void>;
  readonly log: Logger;
  /** Of a task. */
  readonly guard: Guard;
}

/** Obtains one certificate again and again, each time before it expires. What is in use stays until there is another one. */
export class Renewal {
  readonly #options: RenewalOptions;
  #failures = 0;
  /** Which of the types is tried next: the one that worked, or another one than that which failed. */
  #type = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  start(): void {
    const { certificate, log } = this.#options;
    const { domains } = certificate.settings;
    if (certificate.isSelfMade)
      log.warn(
        { domains },
        "using a self-made certificate, which clients do not trust, until one is obtained",
      );
    this.#check();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #check(): void {
    const { certificate, guard, types, obtain } = this.#options;
    const leftMs = certificate.renewalMs - Date.now();
    if (leftMs > 0) return this.#sleep(Math.min(leftMs, MAX_SLEEP_MS));
    guard.settle(
      obtain(types[this.#type % types.length]!),
      () => this.#succeeded(),
      (error: unknown) => this.#failed(error),
    );
  }

  #succeeded(): void {
    const { certificate, log } = this.#options;
    const { domains, directory } = certificate.settings;
    const next = new Date(certificate.renewalMs).toISOString();
    log.info({ domains, authority: new URL(directory).host, renewal: next }, "certificate obtained");
    this.#failures = 0;
    // Not at once, whatever the authority has issued.
    this.#sleep(Math.max(certificate.renewalMs - Date.now(), FIRST_RETRY_MS));
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    const { certificate, types, log, guard } = this.#options;
    const type = types[this.#type % types.length];
    this.#failures += 1;
    this.#type += 1;
    const pauseMs = this.#pauseMs(error);
    this.#sleep(pauseMs);
    const reason = reasonOf(error);
    if (reason === undefined) return guard.fail(error);
    const { domains } = certificate.settings;
    log.warn(
      { domains, challenge: type, reason, retrySeconds: Math.round(pauseMs / 1_000) },
      "no certificate was obtained; the one in use stays",
    );
  }

  #pauseMs(error: unknown): number {
    const ownMs =
      this.#failures === 1
        ? FIRST_RETRY_MS
        : Math.min(SECOND_RETRY_MS * 2 ** (this.#failures - 2), MAX_RETRY_MS);
    const wantedMs = error instanceof AcmeError ? error.retryAfterMs : 0;
    return Math.max(ownMs, Math.min(wantedMs, MAX_RETRY_AFTER_MS));
  }

  #sleep(ms: number): void {
    if (this.#isClosed) return;
    const { guard } = this.#options;
    this.#timer = setTimeout(
      guard.entry(() => this.#check()),
      Math.min(ms, MAX_RETRY_AFTER_MS),
    );
    this.#timer.unref();
  }
}

/** Undefined if it is a bug. The system's errors, such as a full disk, are none. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof AcmeError) return error.message;
  return error instanceof Error && "syscall" in error ? error.message : undefined;
}
