import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild, run } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { areMissing, curl, openssl } from "../support/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-admin-"));
const file = (name: string) => join(folder, name);

afterAll(async () => {
  await killEveryChild();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly code: string;
}

async function ask(url: string, token?: string, method = "GET"): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const reply = await fetch(url, { method, headers });
  return { status: reply.status, code: codeIn(await reply.text()) };
}

/** The answers to those who are let in have none. */
const codeIn = (text: string): string => /^([A-Z_]+): /.exec(text)?.[1] ?? "";

const changesIn = (server: HeadgateServer): readonly object[] =>
  server
    .log(500)
    .split("\n")
    .filter((line) => line.includes("change asked for"))
    .map((line) => JSON.parse(line));

describe("tokens of an OpenID Connect provider", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const others = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let provider: Server;
  let issuer: string;
  let isDown = false;
  let server: HeadgateServer;
  let workers: HeadgateServer;
  let unreachable: HeadgateServer;

  beforeAll(async () => {
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" }] };
    provider = createServer(({ url }, reply) => {
      if (isDown) return reply.writeHead(500).end();
      const isDiscovery = url === "/realms/ops/.well-known/openid-configuration";
      reply.end(JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : keys));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => provider.once("listening", resolve));
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/realms/ops`;
    const oidc = {
      issuer,
      audience: "headgate",
      scopesClaim: "realm_access.roles",
      scopes: { viewers: ["read"], operators: ["read", "control"] },
    };
    const config = { applications: { "*": {} }, log: { level: "trace", format: "json" } };
    server = await startHeadgate({ ...config, admin: { oidc } });
    workers = await startHeadgate({
      ...config,
      admin: { oidc: { ...oidc, scopesClaim: "scope" } },
      workers: 2,
    });
    unreachable = await startHeadgate({
      ...config,
      admin: { oidc: { ...oidc, issuer: issuer.replace("/ops", "/none") } },
    });
  }, 120_000);

  afterAll(async () => {
    provider.close();
    for (const each of [server, workers, unreachable]) await each.stop();
  });

  interface Wanted {
    readonly roles?: readonly string[];
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly audience?: string;
    readonly expires?: string;
    readonly key?: KeyObject;
    readonly from?: string;
  }

  function token({
    roles = [],
    claims = {},
    audience = "headgate",
    expires = "5m",
    key,
    from = issuer,
  }: Wanted = {}) {
    return new SignJWT({ realm_access: { roles }, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "one" })
      .setIssuer(from)
      .setSubject("alice")
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(key ?? privateKey);
  }

  test("allow what the values of their claim allow, and each change is logged with the subject", async () => {
    const streams = server.adminUrl("/api/v1/streams");
    const client = server.adminUrl("/api/v1/clients/ffffffffffff");
    const viewer = await token({ roles: ["viewers", "unknown"] });
    const operator = await token({ roles: ["operators"] });
    expect(await ask(streams, viewer)).toEqual({ status: 200, code: "" });
    expect(await ask(client, viewer, "DELETE")).toEqual({ status: 403, code: "SCOPE_MISSING" });
    expect((await ask(client, operator, "DELETE")).status).toBe(404);
    expect(await ask(server.adminUrl("/api/v1/config"), operator)).toEqual({
      status: 403,
      code: "SCOPE_MISSING",
    });
    expect(await ask(streams, await token())).toEqual({ status: 403, code: "SCOPE_MISSING" });
    expect(changesIn(server)).toMatchObject([
      { caller: "alice", by: "oidc", method: "DELETE", status: 403 },
      { caller: "alice", by: "oidc", method: "DELETE", status: 404 },
    ]);
    for (const secret of [viewer, operator]) expect(server.log(500)).not.toContain(secret);
  });

  test("that are not right are refused, each with its code", async () => {
    const refused = async (wanted: Wanted) =>
      ask(server.adminUrl("/api/v1/streams"), await token({ roles: ["viewers"], ...wanted }));
    expect(await ask(server.adminUrl("/api/v1/streams"))).toEqual({
      status: 401,
      code: "CREDENTIALS_NEEDED",
    });
    expect(await refused({ audience: "shop" })).toEqual({ status: 401, code: "TOKEN_INVALID" });
    expect(await refused({ key: others.privateKey })).toEqual({ status: 401, code: "TOKEN_INVALID" });
    expect(await refused({ from: "http://127.0.0.1/other" })).toEqual({ status: 401, code: "TOKEN_INVALID" });
    expect(await refused({ expires: "-1m" })).toEqual({ status: 401, code: "TOKEN_EXPIRED" });
    const secret = publicKey.export({ type: "spki", format: "der" });
    const confused = await new SignJWT({ realm_access: { roles: ["operators"] } })
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .setIssuer(issuer)
      .setSubject("mallory")
      .setAudience("headgate")
      .setExpirationTime("5m")
      .sign(secret);
    expect(await ask(server.adminUrl("/api/v1/streams"), confused)).toEqual({
      status: 401,
      code: "TOKEN_INVALID",
    });
    expect((await ask(server.adminUrl("/healthz"))).status).toBe(200);
  });

  test("are judged by the keys that are known while the provider is down, and not at all without any", async () => {
    isDown = true;
    try {
      const viewer = await token({ roles: ["viewers"] });
      expect((await ask(server.adminUrl("/api/v1/streams"), viewer)).status).toBe(200);
      expect(await ask(unreachable.adminUrl("/api/v1/streams"), viewer)).toEqual({
        status: 503,
        code: "KEYS_UNAVAILABLE",
      });
    } finally {
      isDown = false;
    }
  });

  test("count with workers, too, and a claim may be a text", async () => {
    const streams = workers.adminUrl("/api/v1/streams");
    expect((await ask(streams, await token({ claims: { scope: "openid viewers" } }))).status).toBe(200);
    expect((await ask(streams, await token({ claims: { scope: "openid" } }))).code).toBe("SCOPE_MISSING");
  });
});

describe.skipIf(areMissing(curl, openssl))("certificates of clients", () => {
  let server: HeadgateServer;

  function makeCertificate(name: string, subject: string, authority: string | undefined): void {
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", file(`${name}.key`)];
    const extensions = authority ? ["-addext", "subjectAltName=IP:127.0.0.1"] : [];
    const by = authority ? ["-CA", file(`${authority}.crt`), "-CAkey", file(`${authority}.key`)] : [];
    const { succeeded, output } = run("openssl", [
      ...["req", "-x509", "-days", "2", "-subj", subject, ...key, ...extensions, ...by],
      ...["-out", file(`${name}.crt`)],
    ]);
    if (!succeeded) throw new Error(output);
  }

  beforeAll(async () => {
    makeCertificate("ca", "/CN=Example CA", undefined);
    makeCertificate("server", "/CN=headgate", "ca");
    makeCertificate("ops", "/O=Example/CN=ops", "ca");
    makeCertificate("monitor", "/O=Example/OU=one/OU=two/CN=monitor", "ca");
    makeCertificate("guest", "/O=Other/CN=ops", "ca");
    makeCertificate("stranger", "/O=Example/CN=ops", undefined);
    const tls = {
      cert: file("server.crt"),
      key: file("server.key"),
      clientCa: file("ca.crt"),
      clients: [
        { subject: "CN=ops, O=Example", scopes: ["read", "control"] },
        { subject: "OU=two", scopes: ["read"] },
      ],
    };
    server = await startHeadgate({ applications: { "*": {} }, admin: { tls } });
  }, 120_000);

  afterAll(() => server.stop());

  function curlAs(name: string | undefined, path: string, method = "GET"): Answer {
    const url = server.adminUrl(path).replace("http:", "https:");
    const own = name === undefined ? [] : ["--cert", file(`${name}.crt`), "--key", file(`${name}.key`)];
    const { output } = run("curl", [
      ...["--silent", "--show-error", "--cacert", file("ca.crt"), ...own, "--request", method],
      ...["--write-out", "\n%{http_code}", url],
    ]);
    const lines = output.trim().split("\n");
    return { status: Number(lines.at(-1)), code: codeIn(lines[0] ?? "") };
  }

  test("let in by their subject, and each change is logged with it", async () => {
    const client = "/api/v1/clients/ffffffffffff";
    expect(curlAs("ops", "/api/v1/streams")).toEqual({ status: 200, code: "" });
    expect(curlAs("ops", client, "DELETE").status).toBe(404);
    expect(curlAs("ops", "/api/v1/config")).toEqual({ status: 403, code: "SCOPE_MISSING" });
    expect(curlAs("monitor", "/metrics").status).toBe(200);
    expect(curlAs("monitor", client, "DELETE")).toEqual({ status: 403, code: "SCOPE_MISSING" });
    await expect
      .poll(() => changesIn(server))
      .toMatchObject([
        { caller: "O=Example, CN=ops", by: "certificate", status: 404 },
        { caller: "O=Example, OU=one+two, CN=monitor", by: "certificate", status: 403 },
      ]);
  });

  test("of others are refused, and so is a request without one", () => {
    expect(curlAs("guest", "/api/v1/streams")).toEqual({ status: 403, code: "CERTIFICATE_UNKNOWN" });
    expect(curlAs("stranger", "/api/v1/streams")).toEqual({ status: 401, code: "CERTIFICATE_INVALID" });
    expect(curlAs(undefined, "/api/v1/streams")).toEqual({ status: 401, code: "CREDENTIALS_NEEDED" });
    expect(curlAs(undefined, "/healthz").status).toBe(200);
  });

  test("headgate check --live asks over HTTPS", () => {
    const main = new URL("../../apps/headgate/dist/main.js", import.meta.url).pathname;
    const { succeeded, output } = run(process.execPath, [
      main,
      "check",
      "--live",
      server.file("headgate.yaml"),
    ]);
    expect([succeeded, output]).toEqual([true, expect.stringContaining("https://127.0.0.1:")]);
  });

  test("another certificate of the server is used once its file has changed", async () => {
    makeCertificate("server", "/CN=headgate.second", "ca");
    const url = server.adminUrl("/healthz").replace("http:", "https:");
    await expect
      .poll(() => run("curl", ["--silent", "--verbose", "--cacert", file("ca.crt"), url]).output, {
        timeout: 30_000,
      })
      .toContain("CN=headgate.second");
  });

  test("a file that is none is a mistake at the start", () => {
    writeFileSync(file("broken.crt"), "nothing");
    const tls = { cert: file("broken.crt"), key: file("server.key") };
    writeFileSync(file("broken.yaml"), JSON.stringify({ admin: { tls } }));
    const main = new URL("../../apps/headgate/dist/main.js", import.meta.url).pathname;
    const { succeeded, output } = run(process.execPath, [main, "check", file("broken.yaml")]);
    expect([succeeded, output]).toEqual([false, expect.stringContaining("admin.tls: ")]);
  });
});
