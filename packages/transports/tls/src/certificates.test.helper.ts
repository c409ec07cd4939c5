import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import forge from "node-forge";
import type { CertificateFiles } from "./certificate.ts";

const DAY_MS = 86_400_000;

const FOLDER: string = mkdtempSync(join(tmpdir(), "headgate-tls-"));
process.once("exit", () => rmSync(FOLDER, { recursive: true }));

export interface CertificateWanted {
  readonly names?: readonly string[];
  readonly fromDays?: number;
  readonly toDays?: number;
}

/** Writes a self-signed certificate and its key, over those of the same title. */
export function writeCertificate(title: string, wanted: CertificateWanted = {}): CertificateFiles {
  const { names = [`${title}.example`], fromDays = -1, toDays = 30 } = wanted;
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = "01";
  certificate.validity.notBefore = new Date(Date.now() + fromDays * DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + toDays * DAY_MS);
  certificate.setSubject([{ name: "commonName", value: title }]);
  certificate.setIssuer([{ name: "commonName", value: title }]);
  const altNames = names.map((value) => ({ type: 2, value }));
  certificate.setExtensions([{ name: "subjectAltName", altNames }]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  const files = { cert: fileNamed(`${title}.crt`), key: fileNamed(`${title}.key`) };
  writeFileSync(files.cert, forge.pki.certificateToPem(certificate));
  writeFileSync(files.key, privateKey);
  return files;
}

/** A file in a folder that goes with the test. */
export function fileNamed(name: string): string {
  return join(FOLDER, name);
}
