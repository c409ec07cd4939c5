import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CertificateError, type CertificateFiles, readCertificate } from "@headgate/tls";
import { AcmeError } from "./acme-error.ts";
import { keyPem, makeKeyAtOnce, selfSigned } from "./certificates.ts";
import type { AcmeSettings } from "./config.ts";
import { writePrivate } from "./write-private.ts";

/**
 * So short that the warnings of certificates that expire soon begin at once: clients do not trust it. One with less than a day
 * left is made anew.
 */
const SELF_MADE_DAYS = 7;
const DAY_MS = 86_400_000;

/** A certificate that is renewed when a third of its life is left, as authorities recommend. */
const LEFT_AT_RENEWAL: number = 1 / 3;

/** A certificate with its key in one file, so that both are replaced at the same moment. */
export class ManagedCertificate {
  readonly settings: AcmeSettings;
  readonly file: string;
  readonly #accountFile: string;

  constructor(settings: AcmeSettings) {
    const { folder, directory, domains } = settings;
    // The certificates of a trial are not taken for those of another authority.
    const ofAuthority = join(folder, new URL(directory).host.replace(":", "_"));
    this.settings = settings;
    this.file = join(ofAuthority, `${domains[0]}.pem`);
    this.#accountFile = join(ofAuthority, "account.key");
  }

  get files(): CertificateFiles {
    return { cert: this.file, key: this.file };
  }

  /** Whether nobody but this server vouches for it. */
  get isSelfMade(): boolean {
    const certificate = this.#read();
    return certificate === undefined || certificate.issuer === certificate.subject;
  }

  /** When to obtain the next one. Milliseconds since 1970. */
  get renewalMs(): number {
    const certificate = this.#read();
    if (!certificate || this.isSelfMade) return 0;
    if (this.settings.domains.some((domain) => certificate.checkHost(domain) === undefined)) return 0;
    const endMs = Date.parse(certificate.validTo);
    return endMs - (endMs - Date.parse(certificate.validFrom)) * LEFT_AT_RENEWAL;
  }

  /** Makes a certificate of its own if there is none that can be used. Throws the system's error if it cannot be written. */
  ensure(): void {
    if (this.#isUsable()) return;
    const { domains } = this.settings;
    const key = makeKeyAtOnce();
    const commonName = "Headgate, self-made";
    this.replace(key, selfSigned({ names: domains, key, commonName, days: SELF_MADE_DAYS }));
  }

  replace(key: KeyObject, certificatePem: string): void {
    writePrivate(this.file, keyPem(key) + certificatePem);
  }

  /** The key of the account at the authority, which is made when it is needed first. */
  accountKey(): KeyObject {
    if (!existsSync(this.#accountFile)) writePrivate(this.#accountFile, keyPem(makeKeyAtOnce()));
    const pem = readFileSync(this.#accountFile);
    try {
      return createPrivateKey(pem);
    } catch {
      throw new AcmeError(`${this.#accountFile} is no private key in PEM form`);
    }
  }

  #read(): X509Certificate | undefined {
    try {
      return new X509Certificate(readFileSync(this.file));
    } catch {
      return undefined;
    }
  }

  #isUsable(): boolean {
    try {
      const { expiresMs } = readCertificate(this.files, Date.now());
      return expiresMs > Date.now() + DAY_MS || !this.isSelfMade;
    } catch (error) {
      if (error instanceof CertificateError) return false;
      throw error;
    }
  }
}
