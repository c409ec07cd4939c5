import { CertificateError, type CertificateFiles } from "@headgate/tls";
import { type Faults, Guard } from "@headgate/transport";
import type { Logger } from "pino";
import { AcmeClient } from "./acme-client.ts";
import { orderCertificate } from "./certificate-order.ts";
import { makeKey } from "./certificates.ts";
import { type ChallengeAnswers, Challenges, type ChallengeType } from "./challenges.ts";
import type { AcmeSettings } from "./config.ts";
import { ManagedCertificate } from "./managed-certificate.ts";
import { Renewal } from "./renewal.ts";

export interface AcmeOptions {
  /** Those of all listeners, at least one; equal ones share a certificate. */
  readonly settings: readonly AcmeSettings[];
  /** Where the authority can ask; the first is tried first. */
  readonly types: readonly ChallengeType[];
  readonly log: Logger;
  readonly faults: Faults;
}

/** The certificates that this server obtains itself. */
export class Acme {
  readonly #options: AcmeOptions;
  /** By the names of their files. */
  readonly #certificates = new Map<string, ManagedCertificate>();
  readonly #challenges: Challenges;
  readonly #closing = new AbortController();
  #renewals: readonly Renewal[] = [];

  constructor(options: AcmeOptions) {
    this.#options = options;
    for (const settings of options.settings) {
      const certificate = new ManagedCertificate(settings);
      this.#certificates.set(certificate.file, certificate);
    }
    const domains = options.settings.flatMap((settings) => settings.domains);
    this.#challenges = new Challenges(options.settings[0]!.folder, domains);
  }

  /** The certificate of a listener; a self-made one until there is another. Throws a CertificateError if it cannot be written. */
  filesOf(settings: AcmeSettings): CertificateFiles {
    const certificate = new ManagedCertificate(settings);
    try {
      certificate.ensure();
    } catch (error) {
      throw new CertificateError(`${certificate.file} cannot be written: ${(error as Error).message}`);
    }
    return certificate.files;
  }

  /** What the authority's questions are answered with. */
  get answers(): ChallengeAnswers {
    return this.#challenges;
  }

  /** Begins to obtain and to renew. */
  start(): void {
    const { types, log, faults } = this.#options;
    this.#challenges.clear();
    this.#renewals = [...this.#certificates.values()].map((certificate) => {
      const obtain = (type: ChallengeType) => this.#obtain(certificate, type);
      // What is in use stays, and the next try comes.
      const guard = new Guard(faults, "task", () => {});
      return new Renewal({ certificate, types, obtain, log, guard });
    });
    for (const renewal of this.#renewals) renewal.start();
  }

  close(): void {
    this.#closing.abort();
    for (const renewal of this.#renewals) renewal.close();
  }

  async #obtain(certificate: ManagedCertificate, type: ChallengeType): Promise<void> {
    const { domains, email, directory } = certificate.settings;
    try {
      const accountKey = certificate.accountKey();
      const client = new AcmeClient({ directory, key: accountKey, signal: this.#closing.signal });
      const { isNew, terms } = await client.logIn(email);
      if (isNew)
        this.#options.log.info({ directory, terms }, "made an account, agreeing to its terms of service");
      const key = await makeKey();
      const order = { client, domains, key, challenges: this.#challenges, type };
      certificate.replace(key, await orderCertificate(order));
    } catch (error) {
      certificate.ensure();
      throw error;
    }
  }
}
