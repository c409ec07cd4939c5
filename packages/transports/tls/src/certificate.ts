import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { MIB, readRegularFile } from "@headgate/config";

/** A thousand certificates; those of all public authorities are 220 KiB. Bytes. */
export const MAX_PEM_BYTES: number = 4 * MIB;

/** A certificate, with those up to its authority's after it, and its private key: the names of two PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A pair of files that cannot be used. The message is a sentence for the operator. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** A pair that fits together and is valid now. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** When it, or one of those up to its authority's, expires. Milliseconds since 1970. */
  readonly expiresMs: number;
  /** Whether it is for a host of this name. */
  covers(serverName: string): boolean;
}

/** Throws a CertificateError if the pair is not there, does not fit together, or is not valid at `nowMs`. */
export function readCertificate({ cert, key }: CertificateFiles, nowMs: number): Certificate {
  const [certPem, keyPem] = [readText(cert), readText(key)];
  if (certPem.includes(PRIVATE_KEY) && !certPem.includes(CERTIFICATE)) {
    throw new CertificateError(`${cert} holds a private key: cert and key are swapped`);
  }
  const certificate = parse(cert, "certificate", () => new X509Certificate(certPem));
  const privateKey = parse(key, "private key", (): KeyObject => createPrivateKey(keyPem));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(`${cert} and ${key} do not match: the key belongs to another certificate`);
  }
  if (Date.parse(certificate.validTo) < nowMs) {
    throw new CertificateError(`${cert} expired on ${certificate.validTo}`);
  }
  if (Date.parse(certificate.validFrom) > nowMs) {
    throw new CertificateError(`${cert} is not valid before ${certificate.validFrom}`);
  }
  return {
    certPem,
    keyPem,
    expiresMs: earliestEnd(certPem),
    covers: (serverName) => certificate.checkHost(serverName) !== undefined,
  };
}

/** The certificates of authorities in a PEM file. Throws a CertificateError. */
export function readAuthorities(file: string): string {
  const pem = readText(file);
  parse(file, "certificate", () => new X509Certificate(pem));
  return pem;
}

const CERTIFICATE = "-----BEGIN CERTIFICATE-----";
const PRIVATE_KEY = "PRIVATE KEY-----";
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

function earliestEnd(certPem: string): number {
  const chain = certPem.match(PEM_CERTIFICATE) ?? [certPem];
  return Math.min(...chain.map((pem) => Date.parse(new X509Certificate(pem).validTo)));
}

function readText(file: string): string {
  try {
    return readRegularFile(file, MAX_PEM_BYTES).toString("utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CertificateError(`${file} cannot be read: ${REASONS[code ?? ""] ?? message}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user is not allowed to read it",
};

/** OpenSSL's messages about unreadable files are no help. */
function parse<T>(file: string, kind: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new CertificateError(`${file} is no ${kind} in PEM form, or one with a password`);
  }
}
