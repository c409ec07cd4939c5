import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readCertificate } from "@headgate/tls";
import { expect, test } from "vitest";
import { issue } from "./authority.test.helper.ts";
import { keyPem, makeKeyAtOnce, selfSigned } from "./certificates.ts";
import { settingsFor } from "./folder.test.helper.ts";
import { ManagedCertificate } from "./managed-certificate.ts";

const DAY_MS = 86_400_000;
const DOMAINS = ["a.example", "b.example"];

function put(certificate: ManagedCertificate, key: KeyObject, pem: string): void {
  mkdirSync(dirname(certificate.file), { recursive: true });
  writeFileSync(certificate.file, keyPem(key) + pem);
}

test("the first certificate is self-made, for all names, for its owner alone, and to be replaced at once", () => {
  const certificate = new ManagedCertificate(settingsFor(DOMAINS));
  certificate.ensure();
  const { covers, expiresMs } = readCertificate(certificate.files, Date.now());
  expect(DOMAINS.map(covers)).toEqual([true, true]);
  expect(expiresMs).toBeLessThan(Date.now() + 14 * DAY_MS);
  expect(statSync(certificate.file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(certificate.file)).mode & 0o777).toBe(0o700);
  expect([certificate.isSelfMade, certificate.renewalMs]).toEqual([true, 0]);
});

test("what can be used stays", () => {
  const certificate = new ManagedCertificate(settingsFor(DOMAINS));
  certificate.ensure();
  const before = readFileSync(certificate.file, "utf8");
  certificate.ensure();
  expect(readFileSync(certificate.file, "utf8")).toBe(before);
});

test.each([
  [
    "self-made with half a day left",
    (key: KeyObject) => selfSigned({ names: DOMAINS, key, commonName: "x", days: 0.5 }),
  ],
  ["expired", (key: KeyObject) => issue({ names: DOMAINS, key, fromDays: -90, toDays: -1 })],
  ["of another key", () => issue({ names: DOMAINS, key: makeKeyAtOnce() })],
  ["none", () => "rubbish"],
])("a certificate that is %s makes place for a self-made one", (_, pemFor) => {
  const certificate = new ManagedCertificate(settingsFor(DOMAINS));
  const key = makeKeyAtOnce();
  put(certificate, key, pemFor(key));
  certificate.ensure();
  expect(certificate.isSelfMade).toBe(true);
  expect(readCertificate(certificate.files, Date.now()).expiresMs).toBeGreaterThan(Date.now() + DAY_MS);
});

test("one of an authority is renewed when a third of its life is left", () => {
  const certificate = new ManagedCertificate(settingsFor(DOMAINS));
  const key = makeKeyAtOnce();
  put(certificate, key, issue({ names: DOMAINS, key, fromDays: -10, toDays: 80 }));
  certificate.ensure();
  expect(certificate.isSelfMade).toBe(false);
  const days = (certificate.renewalMs - Date.now()) / DAY_MS;
  expect(days).toBeCloseTo(50, 1);
});

test("one that lacks a name is used on, and replaced at once", () => {
  const certificate = new ManagedCertificate(settingsFor(DOMAINS));
  const key = makeKeyAtOnce();
  put(certificate, key, issue({ names: DOMAINS.slice(1), key }));
  certificate.ensure();
  expect([certificate.isSelfMade, certificate.renewalMs]).toEqual([false, 0]);
});

test("the account's key is made once, for its owner alone, and for each authority", () => {
  const settings = settingsFor(DOMAINS);
  const key = new ManagedCertificate(settings).accountKey();
  expect(new ManagedCertificate(settings).accountKey().equals(key)).toBe(true);
  const file = new ManagedCertificate(settings).file.replace("a.example.pem", "account.key");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const trial = { ...settings, directory: "https://staging.example/directory" };
  expect(new ManagedCertificate(trial).accountKey().equals(key)).toBe(false);
  writeFileSync(
    file,
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
  );
  expect(() => new ManagedCertificate(settings).accountKey()).toThrow(
    "account.key is no private key in PEM form",
  );
});
