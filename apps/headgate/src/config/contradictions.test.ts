import { expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";

/** Without their position. */
function mistakesIn(content: object): readonly string[] {
  const file = { name: "headgate.yaml", content: JSON.stringify(content) };
  return (loadConfig(file, {}).problems ?? []).map((problem) =>
    problem.replace(/^headgate\.yaml:\d+:\d+ /, ""),
  );
}

test.each([
  [
    [{ port: 1936, host: "127.0.0.1" }, { port: 1936 }],
    1985,
    ["/listeners/1/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    [
      { port: 1936, host: "0.0.0.0" },
      { port: 1936, host: "10.0.0.1" },
    ],
    1985,
    ["/listeners/1/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    [
      { port: 1936, host: "localhost" },
      { port: 1936, host: "127.0.0.1" },
    ],
    1985,
    ["/listeners/1/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    [
      { port: 1936, host: "0.0.0.0" },
      { port: 1936, host: "::1" },
    ],
    1985,
    [],
  ],
  [
    [
      { port: 1936, host: "10.0.0.2" },
      { port: 1936, host: "10.0.0.1" },
    ],
    1985,
    [],
  ],
  [
    [{ port: 1936 }],
    1936,
    ["/admin/port: must be another port than 1936, which listener 0 has on the same address"],
  ],
  [
    undefined,
    1935,
    ["/admin/port: must be another port than 1935, which listener 0 has on the same address"],
  ],
  [undefined, 80, []],
])("listeners %j beside an admin server on port %i", (listeners, port, mistakes) => {
  expect(mistakesIn({ ...(listeners && { listeners }), admin: { port } })).toEqual(mistakes);
});

test("a proxied application that has streams of its own is a mistake, one that inherits them is not", () => {
  const applications = {
    "*": { pull: "rtmp://origin/live" },
    proxied: { proxy: "rtmp://origin/{app}" },
    both: { proxy: "rtmp://origin/live", pull: "rtmp://origin/live", routes: [{ streams: "*" }] },
  };
  expect(mistakesIn({ applications })).toEqual([
    "/applications/both/pull: cannot be had together with proxy: all sessions are passed on",
    "/applications/both/routes: cannot be had together with proxy: all sessions are passed on",
  ]);
});

test("a placeholder that stands for nothing is a mistake", () => {
  const applications = {
    "*": { pull: "rtmp://h/{app}/{stream}", push: ["rtmp://h/{app}/{key}", "rtmp://h/{ap}/{name}?k={key}"] },
    live: { routes: [{ streams: "a*", pull: "rtmp://h/{application}/x" }] },
    passed: { proxy: "rtmp://h/{stream}" },
  };
  expect(mistakesIn({ applications })).toEqual([
    "/applications/*/push: {ap} stands for nothing; known here: {app}, {stream}, {key}",
    "/applications/*/push: {name} stands for nothing; known here: {app}, {stream}, {key}",
    "/applications/live/routes/0/pull: {application} stands for nothing; known here: {app}, {stream}, {key}",
    "/applications/passed/proxy: {stream} stands for nothing; known here: {app}",
  ]);
});

test("certificates of an authority that begin with the same name are the same, and names are names", () => {
  const listeners = [
    { port: 1, tls: { acme: { domains: ["a.example", "b.example"] } } },
    { port: 2, tls: { acme: { domains: ["a.example", "b.example"] } } },
    { port: 3, tls: { acme: { domains: ["a.example"] } } },
    { port: 4, tls: { acme: { email: "ops@example.com" } } },
    { port: 5 },
  ];
  expect(mistakesIn({ listeners })).toEqual([
    "/listeners/2/tls/acme: must be the same as in listener 0, which has the same first domain",
  ]);
  const domains = ["*.example.com", "10.0.0.1", "localhost", "-a.example", "münchen.example"];
  const wrong = mistakesIn({ listeners: [{ tls: { acme: { domains, directory: "http://a.example" } } }] });
  expect(wrong.map((mistake) => mistake.replace(/:.*/, ""))).toEqual([
    "/listeners/0/tls/acme/domains/0",
    "/listeners/0/tls/acme/domains/1",
    "/listeners/0/tls/acme/domains/2",
    "/listeners/0/tls/acme/domains/3",
    "/listeners/0/tls/acme/directory",
  ]);
});

test("asking for credentials that nobody can have is a mistake, and inheriting that is not", () => {
  const applications = {
    "*": { play: { jwt: true, users: "all" }, publish: { users: "none", jwt: false } },
    inherits: { play: { deny: "10.0.0.0/8" } },
    own: { play: { jwt: true, users: [] }, publish: { users: "all", jwt: true } },
    off: { play: { jwt: false, users: "none" } },
  };
  const tokens = "asks for tokens, but access.jwt has no keys";
  const users = "asks for users, but access.users has none";
  const nobody = "names nobody: write none if no user is asked for";
  expect(mistakesIn({ applications })).toEqual([
    `/applications/*/play/jwt: ${tokens}`,
    `/applications/*/play/users: ${users}`,
    `/applications/own/play/users: ${nobody}`,
    `/applications/own/publish/users: ${users}`,
    `/applications/own/publish/jwt: ${tokens}`,
  ]);
  const access = { users: { alice: "s3cret" }, jwt: { secret: "0123456789abcdef" } };
  expect(mistakesIn({ access, applications })).toEqual([`/applications/own/play/users: ${nobody}`]);
});

const TOKEN = { name: "ops", hash: `sha256:${"0f".repeat(32)}`, scopes: ["read"] };
const UNSAFE =
  "/admin/host: can be reached from other machines, so admin.tokens is needed: `headgate token` makes one; or admin.oidc or admin.tls.clientCa";
const OIDC = { issuer: "https://auth.example.com/realms/ops", audience: "headgate" };
const TLS = { cert: "server.crt", key: "server.key" };
const CLIENTS = { clientCa: "ca.crt", clients: [{ subject: "CN=ops" }] };

test.each([
  ["127.0.0.1", []],
  ["127.8.8.8", []],
  ["::1", []],
  ["localhost", []],
  ["::ffff:127.0.0.1", []],
  ["0.0.0.0", [UNSAFE]],
  ["::", [UNSAFE]],
  ["10.0.0.1", [UNSAFE]],
  ["::ffff:10.0.0.1", [UNSAFE]],
  ["127.0.0.1.example.com", [UNSAFE]],
  ["gateway.internal", [UNSAFE]],
])("an admin server on %s without tokens", (host, mistakes) => {
  expect(mistakesIn({ admin: { host } })).toEqual(mistakes);
  expect(mistakesIn({ admin: { host, tls: TLS } })).toEqual(mistakes);
  for (const callers of [{ tokens: [TOKEN] }, { oidc: OIDC }, { tls: { ...TLS, ...CLIENTS } }])
    expect(mistakesIn({ admin: { host, ...callers } })).toEqual([]);
});

test.each([
  [{ oidc: { ...OIDC, audience: "" } }, "/admin/oidc: needs audience"],
  [{ oidc: { ...OIDC, issuer: "http://auth.example.com" } }, "/admin/oidc/issuer: must be a URL"],
  [{ oidc: { ...OIDC, issuer: "https://auth.example.com/?realm=ops" } }, "/admin/oidc/issuer: must be a URL"],
  [{ oidc: { ...OIDC, issuer: "https://user:pass@auth.example.com/" } }, "/admin/oidc/issuer: must be a URL"],
  [
    { oidc: { ...OIDC, scopes: { operators: ["write"] } } },
    "/admin/oidc/scopes: must be values of the claim",
  ],
  [{ tls: { cert: "server.crt" } }, "/admin/tls: needs both cert and key"],
  [{ tls: CLIENTS }, "/admin/tls/clientCa: needs cert and key"],
  [{ tls: { ...TLS, clientCa: "ca.crt" } }, "/admin/tls/clientCa: needs clients"],
  [{ tls: { ...TLS, clients: CLIENTS.clients } }, "/admin/tls/clients: needs clientCa"],
  [
    { tls: { ...TLS, ...CLIENTS, clients: [{ subject: "ops" }] } },
    "/admin/tls/clients/0/subject: must be attributes of a subject",
  ],
])("%j is a mistake of the admin server", (admin, sentence) => {
  expect(mistakesIn({ admin })).toEqual([expect.stringContaining(sentence)]);
});

test("two tokens with one name are a mistake, and no message repeats a hash", () => {
  expect(mistakesIn({ admin: { tokens: [TOKEN, { ...TOKEN, hash: `sha256:${"f0".repeat(32)}` }] } })).toEqual(
    ["/admin/tokens/1/name: is the name of another token, too: ops"],
  );
  const [mistake, ...others] = mistakesIn({ admin: { tokens: [{ ...TOKEN, hash: "hunter2" }] } });
  expect(mistake).toBe("/admin/tokens/0/hash: must be the hash of a token, as `headgate token` prints it");
  expect(others).toEqual([]);
});
