import { execFileSync } from "node:child_process";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { freePort } from "@headgate/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type AcmeAuthority, startAcmeAuthority } from "../support/acme-authority.ts";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, pebble } from "../support/programs.ts";

const MAIN = fileURLToPath(new URL("../../apps/headgate/dist/main.js", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "headgate-acme-"));
const WAIT = { timeout: 60_000, interval: 100 };
const TEST = { timeout: 120_000 };

let authority: AcmeAuthority;
let ports: { readonly httpPort: number; readonly tlsPort: number };
const servers: HeadgateServer[] = [];

/** What a client gets that asks for this name. */
async function certificateOf(servername: string, port: number): Promise<X509Certificate> {
  const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate()!;
  socket.destroy();
  return certificate;
}

/** Whether a client that trusts the authority, and nobody else, accepts the certificate for this name. */
async function isTrusted(servername: string, port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port, servername, ca: await authority.root() });
  try {
    await once(socket, "secureConnect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe.skipIf(areMissing(pebble))("certificates of an authority", () => {
  beforeAll(async () => {
    ports = { httpPort: await freePort(), tlsPort: await freePort() };
    authority = await startAcmeAuthority(FOLDER, ports);
  }, 60_000);

  afterAll(async () => {
    for (const server of servers) await server.stop();
    await authority.stop();
    killEveryChild();
    rmSync(FOLDER, { recursive: true });
  });

  async function start(
    port: number,
    domains: readonly string[],
    more: { readonly protocols?: readonly string[]; readonly workers?: number; readonly folder?: string },
  ): Promise<HeadgateServer> {
    const { protocols = ["rtmp", "rtmps", "http", "https"], folder = "acme", ...rest } = more;
    const acme = { domains, email: "ops@example.com", directory: authority.directory, folder };
    const server = await startHeadgate(
      { applications: { live: {} }, listeners: [{ port, protocols, tls: { acme } }], ...rest },
      { NODE_EXTRA_CA_CERTS: authority.caFile },
    );
    servers.push(server);
    return server;
  }

  test("are obtained over HTTP, whichever worker is asked, and used by all", TEST, async () => {
    const domains = ["one.headgate.test", "two.headgate.test"];
    const server = await start(ports.httpPort, domains, { workers: 2 });
    for (const domain of [...domains, ...domains])
      await vi.waitFor(async () => expect(await isTrusted(domain, ports.httpPort)).toBe(true), WAIT);
    const { subjectAltName } = await certificateOf(domains[0]!, ports.httpPort);
    expect(subjectAltName).toBe("DNS:one.headgate.test, DNS:two.headgate.test");
    const log = server.log(100);
    expect(log).toContain("using a self-made certificate");
    expect(log.match(/"certificate obtained"/g)).toHaveLength(1);
  });

  test(
    "replace one that lacks a name, over TLS where there is no HTTP, and their keys are for their owner alone",
    TEST,
    async () => {
      const domains = ["tls.headgate.test", "more.headgate.test"];
      const folder = join(FOLDER, "kept");
      keepCertificate(folder, domains[0]!);
      const server = await start(ports.tlsPort, domains, { protocols: ["rtmps"], folder });
      for (const domain of domains)
        await vi.waitFor(async () => expect(await isTrusted(domain, ports.tlsPort)).toBe(true), WAIT);
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
        each.isFile(),
      );
      expect(files.map(({ name }) => name).sort()).toEqual(["account.key", `${domains[0]}.pem`]);
      const log = server.log(1000);
      for (const { parentPath, name } of files) {
        const file = join(parentPath, name);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(log).not.toContain(readFileSync(file, "utf8").split("\n")[1]);
      }
      expect(log).not.toContain("self-made");
      const metric = `headgate_certificate_expiry_timestamp_seconds{port="${ports.tlsPort}"}`;
      expect(await server.metric(metric)).toBeGreaterThan(Date.now() / 1000);
    },
  );

  /** Puts a certificate for one name where one of the authority would be. */
  function keepCertificate(folder: string, name: string): void {
    const made = join(FOLDER, "made");
    execFileSync(process.execPath, [MAIN, "certs", "init", name, "--folder", made]);
    const ofAuthority = join(folder, new URL(authority.directory).host.replace(":", "_"));
    mkdirSync(ofAuthority, { recursive: true });
    const [key, cert] = ["server.key", "server.crt"].map((file) => readFileSync(join(made, file), "utf8"));
    writeFileSync(join(ofAuthority, `${name}.pem`), `${key}${cert}`);
  }
});
