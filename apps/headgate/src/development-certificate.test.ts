import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, createServer } from "node:tls";
import { afterAll, beforeEach, expect, test } from "vitest";
import {
  ensureDevelopmentCertificate,
  makeDevelopmentCertificate,
  ownNames,
} from "./development-certificate.ts";

const ROOT = mkdtempSync(join(tmpdir(), "headgate-certs-"));
afterAll(() => rmSync(ROOT, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(ROOT, "test-")), "certs");
});

/** Connects as a client that trusts the authority and nothing else; rejects if it does not accept the certificate. */
async function verify(
  files: { ca: string; cert: string; key: string },
  options: ConnectionOptions,
): Promise<void> {
  const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", ca: readFileSync(files.ca), ...options });
  try {
    await once(client, "secureConnect");
  } finally {
    client.destroy();
    server.close();
  }
}

test("whoever trusts the authority accepts the certificate for its names and addresses, and for no other", async () => {
  const files = makeDevelopmentCertificate(folder, ["media.example", "127.0.0.1", "fd00::7"]);
  await verify(files, { servername: "media.example" });
  await verify(files, {});
  await expect(verify(files, { servername: "other.example" })).rejects.toThrow("does not match");
  const certificate = new X509Certificate(readFileSync(files.cert));
  expect(certificate.checkIP("fd00::7")).toBe("fd00::7");
  // For clients that look for addresses among the names.
  expect(certificate.subjectAltName).toBe(
    "DNS:media.example, IP Address:127.0.0.1, DNS:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:7, DNS:fd00::7",
  );
  expect(certificate.ca).toBe(false);
});

test("a certificate that can be used is left as it is", () => {
  const { ca, cert } = ensureDevelopmentCertificate(folder);
  const made = [ca, cert].map((file) => readFileSync(file, "utf8"));
  ensureDevelopmentCertificate(folder);
  expect([ca, cert].map((file) => readFileSync(file, "utf8"))).toEqual(made);
});

test("a certificate without its key, or that is none, is made anew by the same authority", async () => {
  const files = ensureDevelopmentCertificate(folder);
  const authority = readFileSync(files.ca, "utf8");
  rmSync(files.key);
  await verify(ensureDevelopmentCertificate(folder), { servername: "localhost" });
  writeFileSync(files.cert, "none");
  await verify(ensureDevelopmentCertificate(folder), { servername: "localhost" });
  expect(readFileSync(files.ca, "utf8")).toBe(authority);
});

test("this machine is called localhost, among others", () => {
  expect(ownNames()).toEqual(expect.arrayContaining(["localhost", "127.0.0.1", "::1"]));
});

test("what a killed process has left half written is removed", () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  mkdirSync(folder);
  for (const name of [`server.key.${pid}`, `ca.crt.${pid}`, `server.key.${process.ppid}`, "server.key.mine"])
    writeFileSync(join(folder, name), "");
  ensureDevelopmentCertificate(folder);
  const others = readdirSync(folder).filter((name) => !/^(ca|server)\.(crt|key)$/.test(name));
  expect(others.sort()).toEqual([`server.key.${process.ppid}`, "server.key.mine"].sort());
});
