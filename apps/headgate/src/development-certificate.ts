import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { basename, dirname, join } from "node:path";
import type { CertificateFiles } from "@headgate/tls";
import forge from "node-forge";
import { isRunning } from "./is-running.ts";

export interface DevelopmentFiles extends CertificateFiles {
  /** The authority, for clients that must trust it. */
  readonly ca: string;
  readonly caKey: string;
}

export function developmentFiles(folder: string): DevelopmentFiles {
  const [ca, caKey, cert, key] = ["ca.crt", "ca.key", "server.crt", "server.key"].map((name) =>
    join(folder, name),
  );
  return { ca: ca!, caKey: caKey!, cert: cert!, key: key! };
}

/** The certificate in this folder. It is made if there is none or it has expired. Throws if it cannot be written. */
export function ensureDevelopmentCertificate(folder: string): DevelopmentFiles {
  const files = developmentFiles(folder);
  return isUsable(files.cert, files.key) ? files : makeDevelopmentCertificate(folder, ownNames());
}

/** Makes a certificate for these DNS names and IP addresses, signed by the folder's authority, which is made if necessary. */
export function makeDevelopmentCertificate(folder: string, names: readonly string[]): DevelopmentFiles {
  const files = developmentFiles(folder);
  mkdirSync(folder, { recursive: true });
  if (!isUsable(files.ca, files.caKey)) makeAuthority(files);
  else chmodSync(files.ca, PUBLIC);
  const authority = forge.pki.certificateFromPem(readFileSync(files.ca, "utf8"));
  const signer = forge.pki.privateKeyFromPem(readFileSync(files.caKey, "utf8"));
  const { certificate, keyPem } = newCertificate(names[0] ?? "localhost", SERVER_DAYS);
  certificate.setIssuer(authority.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: names.flatMap(alternativeNames) },
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes() },
  ]);
  certificate.sign(signer, forge.md.sha256.create());
  write(files.key, keyPem, PRIVATE);
  write(
    files.cert,
    `${forge.pki.certificateToPem(certificate)}${forge.pki.certificateToPem(authority)}`,
    PUBLIC,
  );
  return files;
}

/** By these names the machine can be reached from itself, whatever else it is called. */
export const LOCAL_NAMES: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** The names and addresses by which this machine can be reached for a trial. */
export function ownNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const reachable = addresses
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => address);
  return [...new Set([...LOCAL_NAMES, hostname(), ...reachable])];
}

const AUTHORITY_DAYS = 3650;
/** Browsers accept 398 at most. */
const SERVER_DAYS = 397;
const DAY_MS = 86_400_000;

function makeAuthority(files: DevelopmentFiles): void {
  const { certificate, keyPem, key } = newCertificate(`Headgate development (${hostname()})`, AUTHORITY_DAYS);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
    { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(key, forge.md.sha256.create());
  write(files.caKey, keyPem, PRIVATE);
  write(files.ca, forge.pki.certificateToPem(certificate), PUBLIC);
}

interface NewCertificate {
  readonly certificate: forge.pki.Certificate;
  readonly key: forge.pki.rsa.PrivateKey;
  readonly keyPem: string;
}

/** A certificate except for its issuer and its purpose. OpenSSL makes the key: forge would take seconds. */
function newCertificate(commonName: string, days: number): NewCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // Positive, as RFC 5280 §4.1.2.2 asks: the first bit is not set.
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  const now = Date.now();
  certificate.validity.notBefore = new Date(now - DAY_MS);
  certificate.validity.notAfter = new Date(now + (days - 1) * DAY_MS);
  certificate.setSubject([{ name: "commonName", value: commonName.slice(0, MAX_COMMON_NAME) }]);
  return { certificate, key: forge.pki.privateKeyFromPem(privateKey), keyPem: privateKey };
}

/** RFC 5280, ub-common-name. */
const MAX_COMMON_NAME = 64;

/**
 * GeneralName: dNSName is 2, iPAddress is 7 (RFC 5280 §4.2.1.6). An address is there as a name as well, for clients that know no
 * other alternative names, such as mbedTLS 2 in OBS 29.
 */
function alternativeNames(name: string): readonly object[] {
  const asName = { type: 2, value: name };
  return isIP(name) ? [{ type: 7, ip: name }, asName] : [asName];
}

function isUsable(certFile: string, keyFile: string): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(certFile));
    const isPair = certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
    return isPair && Date.parse(certificate.validTo) > Date.now();
  } catch {
    return false;
  }
}

/** Who may read a file: its owner alone, or everybody, as clients must trust the authority. */
const PRIVATE = 0o600;
const PUBLIC = 0o644;

/** Written as a whole or not at all. */
function write(file: string, content: string, mode: typeof PRIVATE | typeof PUBLIC): void {
  removeUnfinished(file);
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content, { mode });
  // Whatever the umask of this process takes away.
  chmodSync(unfinished, mode);
  renameSync(unfinished, file);
}

/** Left behind by a process that was killed while it wrote. */
function removeUnfinished(file: string): void {
  const [folder, prefix] = [dirname(file), `${basename(file)}.`];
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(folder, name), { force: true });
  }
}
