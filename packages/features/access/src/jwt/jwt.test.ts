import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TestAccess, type Written } from "../test-access.test.helper.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

interface Signing {
  readonly key?: KeyObject | Uint8Array;
  readonly algorithm?: string;
  readonly kid?: string;
  readonly expires?: string;
}

function token(
  claims: JWTPayload,
  { key = new TextEncoder().encode(SECRET), algorithm = "HS256", kid = "one", expires = "1h" }: Signing = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid }).setExpirationTime(expires).sign(key);
}

const ES256 = { key: privateKey, algorithm: "ES256" } as const;
const LIVE = { headgate: { publish: ["live/*"] }, sub: "alice" };

const withJwt = (jwt: object, applications: Written["applications"] = { "*": {} }): Written => ({
  access: { jwt },
  applications,
});

async function outcomeOf(written: Written, text: string, parameter = "token"): Promise<string> {
  return new TestAccess(written).outcome("publish", `live/cam?${parameter}=${text}`, { from: "203.0.113.9" });
}

describe("a token", () => {
  it.each(["token", "jwt", "pass", "password"])(
    "as %s lets publish what its claims name, as its subject",
    async (where) => {
      expect(await outcomeOf(withJwt({ secret: SECRET }), await token(LIVE), where)).toBe("allow alice");
    },
  );

  it("is asked for where tokens are configured, and of players where that is said", async () => {
    const access = new TestAccess(withJwt({ secret: SECRET }, { "*": {}, closed: { play: { jwt: true } } }));
    expect(await access.outcome("publish", "live/cam")).toBe("CREDENTIALS_MISSING");
    expect(await access.outcome("play", "live/cam")).toBe("allow");
    expect(await access.outcome("play", "closed/cam")).toBe("CREDENTIALS_MISSING");
    const play = await token({ headgate: { play: ["closed/cam"] } });
    expect(await access.outcome("play", `closed/cam?token=${play}`)).toBe("allow");
    expect(await access.outcome("publish", `closed/cam?token=${play}`)).toBe("NOT_PERMITTED");
  });

  it("may set limits, and is refused if they cannot be read", async () => {
    const access = new TestAccess(withJwt({ secret: SECRET }));
    const verdict = async (limits: unknown) => {
      const text = await token({ sub: "alice", headgate: { publish: ["live/*"], limits } });
      return access.verdict("publish", `live/cam?token=${text}`);
    };
    expect(await verdict({ maxBitrate: 6_000_000, maxDuration: 60, maxViewers: 5 })).toMatchObject({
      kind: "allow",
      identity: "alice",
      limits: { maxBitrate: 6_000_000, maxDurationMs: 60_000, maxViewers: 5 },
    });
    for (const limits of [{ maxViewer: 1 }, { maxViewers: "1" }, [], "none", null])
      expect(await verdict(limits)).toMatchObject({ kind: "deny", reason: "CREDENTIALS_INVALID" });
  });

  it.each<[string, JWTPayload, Signing, string]>([
    ["that has expired", LIVE, { expires: "-1h" }, "CREDENTIALS_EXPIRED"],
    ["for later", { ...LIVE, nbf: 4e9 }, {}, "CREDENTIALS_INVALID"],
    ["with another secret", LIVE, { key: new TextEncoder().encode(`${SECRET}x`) }, "CREDENTIALS_INVALID"],
    ["with a key of another kind", LIVE, ES256, "CREDENTIALS_INVALID"],
    ["for another stream", { headgate: { publish: ["other/*"] } }, {}, "NOT_PERMITTED"],
    ["without claims", {}, {}, "NOT_PERMITTED"],
  ])("%s is refused", async (_, claims, signing, reason) => {
    expect(await outcomeOf(withJwt({ secret: SECRET }), await token(claims, signing))).toBe(reason);
  });

  it.each(["", "x", "a.b.c", `${"x".repeat(900)}.${"y".repeat(50)}.z`])(
    "that is none is refused: %s",
    async (text) => {
      expect(await outcomeOf(withJwt({ secret: SECRET }), text)).toBe("CREDENTIALS_INVALID");
    },
  );

  it("without a signature is refused", async () => {
    const [, payload] = (await token(LIVE)).split(".");
    const head = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(await outcomeOf(withJwt({ secret: SECRET }), `${head}.${payload}.`)).toBe("CREDENTIALS_INVALID");
  });

  it("that the client has cut off is told to be", async () => {
    const long = (await token({ ...LIVE, more: "x".repeat(1000) })).slice(0, 1008);
    expect(await outcomeOf(withJwt({ secret: SECRET }), long)).toBe("CREDENTIALS_CUT_OFF");
  });

  it("must have the issuer and the audience of the configuration", async () => {
    const written = withJwt({ secret: SECRET, issuer: "me", audience: "headgate" });
    expect(await outcomeOf(written, await token({ ...LIVE, iss: "me", aud: "headgate" }))).toBe(
      "allow alice",
    );
    expect(await outcomeOf(written, await token({ ...LIVE, iss: "you", aud: "headgate" }))).toBe(
      "CREDENTIALS_INVALID",
    );
    expect(await outcomeOf(written, await token({ ...LIVE, iss: "me" }))).toBe("CREDENTIALS_INVALID");
  });

  it("may be verified with a public key, which is no secret", async () => {
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const written = withJwt({ publicKey: pem });
    expect(await outcomeOf(written, await token(LIVE, ES256))).toBe("allow alice");
    const forged = await token(LIVE, { key: new TextEncoder().encode(pem) });
    expect(await outcomeOf(written, forged)).toBe("CREDENTIALS_INVALID");
  });
});

describe("the claims of a token", () => {
  it.each<[JWTPayload, readonly string[]]>([
    [{ headgate: { publish: ["live/cam"] } }, ["live/cam"]],
    [{ headgate: { publish: ["live/*", "b/c*d"] } }, ["live/cam", "live/a/b", "b/cd", "b/cxd"]],
    [{ headgate: { publish: ["*"] } }, ["live/cam", "live/a/b", "b/cd", "b/cxd", "b/cx"]],
    [{ headgate: { publish: "live/cam", play: ["*"] } }, []],
    [{ headgate: { publish: [1, null, "x".repeat(513)] } }, []],
    [{ mediamtx_permissions: [{ action: "publish", path: "live/cam" }] }, ["live/cam"]],
    [
      { mediamtx_permissions: [{ action: "read" }, { action: "publish", path: "~^b/c" }] },
      ["b/cd", "b/cxd", "b/cx"],
    ],
    [{ mediamtx_permissions: '[{"action":"publish"}]' }, ["live/cam", "live/a/b", "b/cd", "b/cxd", "b/cx"]],
    [{ mediamtx_permissions: [{ action: "publish", path: "~(" }, null, 5] }, []],
    [{ mediamtx_permissions: "rubbish" }, []],
  ])("%j let publish %j", async (claims, expected) => {
    const access = new TestAccess(withJwt({ secret: SECRET }));
    const text = await token(claims);
    const paths = ["live/cam", "live/a/b", "b/cd", "b/cxd", "b/cx"];
    const outcomes = await Promise.all(
      paths.map((path) => access.outcome("publish", `${path}?token=${text}`)),
    );
    expect(paths.filter((_, index) => outcomes[index] === "allow")).toEqual(expected);
  });
});

describe("keys of a server (JWKS)", () => {
  let server: Server | undefined;
  let requests = 0;

  afterEach(() => {
    vi.useRealTimers();
    server?.closeAllConnections();
    server?.close();
  });

  /** Its answer is what `body` says when it is asked. */
  async function serve(body: () => string | Promise<string>): Promise<string> {
    requests = 0;
    server = createServer(async (_, response) => {
      requests += 1;
      response.end(await body());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  }

  const keySet = async (kid: string) =>
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" }] });

  it("are fetched once for all, again for a key that is new, and not too often", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let kid = "one";
    const access = new TestAccess(withJwt({ jwks: await serve(() => keySet(kid)) }));
    const ask = async (id: string) =>
      access.outcome("publish", `live/cam?token=${await token(LIVE, { ...ES256, kid: id })}`);
    expect(await Promise.all([ask("one"), ask("one"), ask("one")])).toEqual(Array(3).fill("allow alice"));
    expect(requests).toBe(1);
    kid = "two";
    expect(await ask("two")).toBe("CREDENTIALS_INVALID");
    vi.advanceTimersByTime(30_000);
    expect(await ask("two")).toBe("allow alice");
    for (let count = 0; count < 5; count += 1) expect(await ask("three")).toBe("CREDENTIALS_INVALID");
    expect(requests).toBe(2);
  });

  it("that are known are used while the server answers rubbish, and forgotten when it withdraws them", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let body = await keySet("one");
    const access = new TestAccess(withJwt({ jwks: await serve(() => body) }));
    const ask = async () => access.outcome("publish", `live/cam?token=${await token(LIVE, ES256)}`);
    expect(await ask()).toBe("allow alice");
    body = "<html>";
    vi.advanceTimersByTime(600_000);
    expect(await ask()).toBe("allow alice");
    expect(access.log.at(-1)).toMatchObject({ msg: expect.stringContaining("cannot be fetched") });
    expect(access.access.credentials.metrics?.[0]?.read()).toBe(1);
    body = JSON.stringify({ keys: [] });
    vi.advanceTimersByTime(600_000);
    expect(await ask()).toBe("CREDENTIALS_INVALID");
  });

  it.each([
    ["is not reachable", async () => "http://127.0.0.1:1/"],
    ["answers too much", () => serve(() => "x".repeat(300 * 1024))],
    ["answers no keys", () => serve(() => "null")],
  ])("of a server that %s are told to be unavailable", async (_, url) => {
    expect(await outcomeOf(withJwt({ jwks: await url() }), await token(LIVE, ES256))).toBe(
      "TOKEN_KEYS_UNAVAILABLE",
    );
  });
});

it.each([
  "https://auth.example.com/keys?p=one",
  "http://127.0.0.1:8080/keys",
  "http://localhost/keys",
  "http://[::1]:81/keys",
])("is no mistake: jwks %s", (jwks) => {
  expect(() => new TestAccess(withJwt({ jwks }))).not.toThrow();
});

it.each([
  [{ secret: "short" }],
  [{ jwks: "ftp://example.com" }],
  [{ jwks: "http://example.com/jwks.json" }],
  [{ jwks: "http://localhost.example.com/jwks.json" }],
  [{ jwks: "http://10.0.0.1/jwks.json" }],
  [{ jwks: "https://user:pass@example.com/jwks.json" }],
  [{ jwks: "http://auth.example.com/jwks.json" }],
  [{ jwks: "http://10.0.0.5/jwks.json" }],
  [{ jwks: "http://127.0.0.1.example.com/jwks.json" }],
  [{ publicKey: "-----BEGIN PUBLIC KEY-----" }],
])("is a mistake: %j", (jwt) => {
  expect(() => new TestAccess(withJwt(jwt))).toThrow("/access/jwt/");
});

it.each(["http://localhost:1/jwks.json", "http://[::1]:1/keys", "https://example.com/keys?policy=a"])(
  "may fetch its keys from %s",
  (jwks) => {
    expect(() => new TestAccess(withJwt({ jwks }))).not.toThrow();
  },
);
