import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Faults } from "@headgate/transport";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "./config/load-config.ts";
import { createAcme } from "./create-acme.ts";
import { TlsServers } from "./tls-servers.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "headgate-create-acme-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const log = pino({ level: "silent" });
const faults: Faults = { report: (_, error) => expect.unreachable(String(error)), unrecoverable: () => {} };

/** TLS of listeners that want certificates for these names. */
function tlsFor(folder: string, ...domains: readonly (readonly string[])[]) {
  const listeners = domains.map((names, index) => ({
    port: 2000 + index,
    tls: { acme: { domains: names, folder } },
  }));
  const { config, problems } = loadConfig({ name: "x", content: JSON.stringify({ listeners }) }, {});
  expect(problems).toBeUndefined();
  const acme = createAcme(config!.listeners, log, faults);
  const servers = new TlsServers({ handshakeMs: () => 1_000, acme, log, faults });
  const tls = servers.prepare(config!.listeners);
  tls.commit();
  servers.close();
  return { acme, tls, expiries: servers.expiries };
}

test("listeners with the same names share a certificate, which is there from the start", () => {
  const folder = join(FOLDER, "shared");
  const { tls, expiries } = tlsFor(
    folder,
    ["a.example", "b.example"],
    ["a.example", "b.example"],
    ["c.example"],
  );
  expect(tls.problems).toEqual([]);
  expect(expiries.map(({ port }) => port)).toEqual([2000, 2001, 2002]);
  const authority = join(folder, "acme-v02.api.letsencrypt.org");
  expect(readdirSync(authority)).toEqual(["a.example.pem", "c.example.pem"]);
});

test("without names there is nothing to obtain", () => {
  const { acme } = tlsFor(join(FOLDER, "none"), []);
  expect(acme).toBeUndefined();
});

test("a folder that cannot be written is a problem at the start", () => {
  const file = join(FOLDER, "file");
  writeFileSync(file, "");
  const { tls } = tlsFor(file, ["a.example"]);
  expect(tls.problems).toEqual([
    expect.stringMatching(/^listeners\[0\]\.tls: .*a\.example\.pem cannot be written: ENOTDIR/),
  ]);
});
