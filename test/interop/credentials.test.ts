import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AccessClient } from "../support/access-client.ts";
import { type Child, killEveryChild } from "../support/child-processes.ts";
import { CREDENTIAL_CLIENTS, type Shown, type Way } from "../support/credential-clients.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg, titleOf } from "../support/programs.ts";
import {
  akamaiSignature,
  aliyunSignature,
  jsonWebToken,
  nginxSignature,
  nmsSignature,
  TokenKeys,
  tencentSignature,
  wowzaSignature,
} from "../support/signed-credentials.ts";

const KEY = "p-k3y";
const USER = { name: "alice", password: "7hE5eCrEt" };
const WRONG_USER = { ...USER, password: "wrong" };
/** Akamai's is hexadecimal. */
const URL_SECRET = "0123456789abcdef";
const TOKEN_SECRET = "a secret of at least thirty-two bytes";

const HOUR = 3_600;
const NOW = Math.floor(Date.now() / 1_000);
const LONG_AGO = NOW - HOUR;

type Purpose = "publish" | "play";
const PUBLISH: readonly Purpose[] = ["publish"];
const PLAY: readonly Purpose[] = ["play"];
const BOTH: readonly Purpose[] = [...PUBLISH, ...PLAY];

/** What is shown for a stream of the application that bears the name of the scheme. */
type Show = (stream: string, purpose: Purpose) => Shown;

/** One kind of credentials, which the application of the same name asks for. */
interface Kind {
  readonly name: string;
  readonly purposes: readonly Purpose[];
  /** What the application asks for, whoever comes. */
  readonly rule: object;
  readonly right: Show;
  /** By the reason for which they are refused. */
  readonly refused: Readonly<Partial<Record<"CREDENTIALS_INVALID" | "CREDENTIALS_EXPIRED", Show>>>;
  /** Under which the log has those that were right. */
  readonly identity?: string;
}

/** `sign` signs for `/APPLICATION/STREAM` until a time, in seconds since 1970. */
function signedUrl(
  preset: string,
  purposes: readonly Purpose[],
  sign: (path: string, expires: number | undefined) => string,
): Kind {
  const show =
    (expires: number | undefined, suffix = ""): Show =>
    (stream) => ({ query: sign(`/${preset}/${stream}${suffix}`, expires) });
  return {
    name: preset,
    purposes,
    rule: { signedUrl: { preset, secret: URL_SECRET } },
    right: show(undefined),
    refused: { CREDENTIALS_INVALID: show(undefined, "-other"), CREDENTIALS_EXPIRED: show(LONG_AGO) },
  };
}

type SignToken = (claims: object) => string;

function tokens(name: string, purposes: readonly Purpose[], signed: SignToken, forged: SignToken): Kind {
  const show =
    (sign: typeof signed, claims: object = {}): Show =>
    (stream, purpose) => ({
      query: `token=${sign({ sub: "bob", headgate: { [purpose]: [`${name}/${stream}`] }, ...claims })}`,
    });
  return {
    name,
    purposes,
    rule: { jwt: true },
    right: show(signed),
    refused: { CREDENTIALS_INVALID: show(forged), CREDENTIALS_EXPIRED: show(signed, { exp: LONG_AGO }) },
    identity: "bob",
  };
}

const nameIn = (path: string): string => path.split("/").at(-1)!;

const withSecret = (secret: string) => (claims: object) => jsonWebToken(claims, secret);

const HS256 = tokens(
  "HS256",
  PUBLISH,
  withSecret(TOKEN_SECRET),
  withSecret("another secret of thirty-two bytes"),
);

/** Of a server without `jwks`. */
const KINDS: readonly Kind[] = [
  {
    name: "key",
    purposes: PUBLISH,
    rule: { key: KEY },
    right: () => ({ query: `key=${KEY}` }),
    refused: { CREDENTIALS_INVALID: () => ({ query: "key=other" }) },
  },
  {
    name: "authmod",
    purposes: PUBLISH,
    rule: { users: "all" },
    right: () => ({ user: USER }),
    refused: { CREDENTIALS_INVALID: () => ({ user: WRONG_USER }) },
    identity: USER.name,
  },
  {
    name: "password",
    purposes: PLAY,
    rule: { users: "all" },
    right: () => ({ query: `user=${USER.name}&pass=${USER.password}` }),
    refused: { CREDENTIALS_INVALID: () => ({ query: `user=${USER.name}&pass=wrong` }) },
    identity: USER.name,
  },
  signedUrl("nginx", PLAY, (path, expires) => nginxSignature(path, URL_SECRET, expires)),
  signedUrl("tencent", PUBLISH, (path, expires) => tencentSignature(nameIn(path), URL_SECRET, expires)),
  signedUrl("aliyun", PLAY, (path, expires) => aliyunSignature(path, URL_SECRET, expires ?? NOW)),
  signedUrl("akamai", PLAY, (path, expires) => akamaiSignature(path, URL_SECRET, expires)),
  signedUrl("wowza", PLAY, (path, expires) => wowzaSignature(path.slice(1), URL_SECRET, expires)),
  signedUrl("nms", PUBLISH, (path, expires) => nmsSignature(path, URL_SECRET, expires)),
  HS256,
];

const [ES256_KEYS, RS256_KEYS, FORGERS] = [
  new TokenKeys("ES256"),
  new TokenKeys("RS256"),
  { ES256: new TokenKeys("ES256"), RS256: new TokenKeys("RS256") },
];

/** Of a server with `jwks`. */
const KEY_SET_KINDS: readonly Kind[] = [
  tokens(
    "ES256",
    BOTH,
    (claims) => ES256_KEYS.token(claims),
    (claims) => FORGERS.ES256.token(claims),
  ),
  tokens(
    "RS256",
    PLAY,
    (claims) => RS256_KEYS.token(claims),
    (claims) => FORGERS.RS256.token(claims),
  ),
];

const media = (): string =>
  encoded([...picture("testsrc2", "64x64"), ...sound(), "-t", "0.5", ...h264(), ...audio("aac")], "flv");

let films: string;
let keyServer: Server;
let keyRequests = 0;
let servers: ReadonlyMap<Kind, HeadgateServer>;

beforeAll(async () => {
  films = mkdtempSync(join(tmpdir(), "headgate-films-"));
  keyServer = createServer((_, response) => {
    keyRequests += 1;
    response.end(JSON.stringify({ keys: [ES256_KEYS.published, RS256_KEYS.published] }));
  });
  await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
  const jwks = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks.json`;
  const started = await Promise.all([
    start(KINDS, { users: { [USER.name]: USER.password }, jwt: { secret: TOKEN_SECRET } }),
    start(KEY_SET_KINDS, { jwt: { jwks } }),
  ]);
  servers = new Map(started.flat());
  // On a busy machine the server gives up waiting for the keys.
  const [kind] = KEY_SET_KINDS;
  const { query } = kind!.right("first", "publish");
  const url = `${servers.get(kind!)!.url(kind!.name, "first")}?${query}`;
  const fetched = async () => expect(await new AccessClient().answer("publish", url)).toBe("granted");
  await vi.waitFor(fetched, { timeout: 30_000, interval: 100 });
  keyRequests = 0;
}, 60_000);

afterAll(async () => {
  const started = new Set(servers?.values());
  await Promise.all([...started].map((server) => server.stop())).finally(killEveryChild);
  keyServer?.close();
  rmSync(films, { recursive: true });
});

async function start(kinds: readonly Kind[], access: object): Promise<[Kind, HeadgateServer][]> {
  const server = await startHeadgate({
    access,
    applications: Object.fromEntries(
      kinds.map(({ name, purposes, rule }) => {
        const closed = { users: "none", jwt: false, ...rule };
        return [name, { vod: films, ...Object.fromEntries(purposes.map((purpose) => [purpose, closed])) }];
      }),
    ),
  });
  return kinds.map((kind) => [kind, server]);
}

type Line = Readonly<Record<string, unknown>>;

function linesWith(server: HeadgateServer, fields: Line): readonly Line[] {
  const lines = server.log(Number.POSITIVE_INFINITY).split("\n");
  const texts = Object.entries(fields).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  return lines
    .filter((line) => texts.every((text) => line.includes(text)))
    .map((line) => JSON.parse(line) as Line);
}

/** The line of the log with such fields, as soon as there is one. */
function logged(server: HeadgateServer, fields: Line): Promise<Line> {
  return vi.waitFor(
    () => {
      const [found] = linesWith(server, fields);
      expect(found, JSON.stringify(fields)).toBeDefined();
      return found!;
    },
    { timeout: 15_000, interval: 50 },
  );
}

/** A program that does what the credentials are for, with what it shows, and the path of its stream. */
function begin(way: Way, kind: Kind, purpose: Purpose, which: string, show: Show) {
  const stream = `${way.program.name.replaceAll(" ", "-")}-${way.scheme}-${purpose}-${which}`;
  const path = `${kind.name}/${stream}`;
  const server = servers.get(kind)!;
  const target = { port: server.port(0), scheme: way.scheme, path, shown: show(stream, purpose) };
  if (purpose === "publish") return { path, server, child: way.publish(target, media()) };
  copyFileSync(media(), join(films, `${stream}.flv`));
  return { path, server, child: way.play(target) };
}

const GRANTED = { publish: "publishing", play: "playing" } as const;

async function ended(child: Child): Promise<number | undefined> {
  return (await child.end(30_000)).code;
}

async function testRight(way: Way, kind: Kind, purpose: Purpose): Promise<void> {
  const { path, server, child } = begin(way, kind, purpose, "right", kind.right);
  expect(await ended(child), child.errors).toBe(0);
  expect((await logged(server, { msg: GRANTED[purpose], stream: path })).identity).toBe(kind.identity);
}

async function testRefused(
  way: Way,
  kind: Kind,
  purpose: Purpose,
  reason: string,
  show: Show,
): Promise<void> {
  const { path, server, child } = begin(way, kind, purpose, reason, show);
  // GStreamer ends well when there is nothing to play.
  if (purpose === "publish") expect(await ended(child)).not.toBe(0);
  else await ended(child);
  // authmod refuses at `connect`, which names no stream.
  const line =
    kind.name === "authmod" ? { msg: "session ended" } : { msg: `${purpose} refused`, stream: path };
  await logged(server, { ...line, reason });
  expect(linesWith(server, { msg: GRANTED[purpose], stream: path })).toEqual([]);
}

const CASES = [...KINDS, ...KEY_SET_KINDS].flatMap((kind) =>
  kind.purposes.map((purpose) => ({ kind, purpose })),
);

const CLIENTS = CREDENTIAL_CLIENTS.map((ways, place) => ({
  ways,
  place,
  title: titleOf(ways.at(-1)!.program),
}));

describe.concurrent.each(CLIENTS)("$title", ({ ways, place }) => {
  for (const [index, { kind, purpose }] of CASES.entries()) {
    const able = ways.filter(({ hasNoUsers }) => !(hasNoUsers && kind.name === "authmod"));
    // Each case has one transport, another one with each client.
    const way = able[(index + place) % able.length]!;
    test.skipIf(areMissing(ffmpeg, way.program))(
      `may ${purpose} over ${way.scheme} with ${kind.name}`,
      { timeout: 60_000 },
      () => testRight(way, kind, purpose),
    );
    for (const [reason, show] of Object.entries(kind.refused)) {
      test.skipIf(areMissing(ffmpeg, way.program))(
        `is refused to ${purpose} over ${way.scheme} with ${kind.name}: ${reason}`,
        { timeout: 60_000 },
        () => testRefused(way, kind, purpose, reason, show),
      );
    }
  }
});

test("the keys of all tokens are fetched once", () => {
  // A forged token names a key that is known, so that nobody makes the server ask again.
  expect(keyRequests).toBe(0);
});

test.skipIf(areMissing(ffmpeg))("a token that ffmpeg cuts off is refused with these words", async () => {
  const server = servers.get(HS256)!;
  const way = CREDENTIAL_CLIENTS.flat().find(({ program }) => program === ffmpeg)!;
  const publish = (stream: string, padding: number) => {
    const claims = { headgate: { publish: [`HS256/${stream}`] }, padding: "x".repeat(padding) };
    const long = jsonWebToken(claims, TOKEN_SECRET);
    const shown = { query: `token=${long}` };
    const target = { port: server.port(0), scheme: "rtmp", path: `HS256/${stream}`, shown } as const;
    return { long, child: way.publish(target, media()) };
  };
  const [short, long] = [publish("short", 500), publish("long", 700)];
  expect(short.long.length).toBeLessThan(1_000);
  expect(long.long.length).toBeGreaterThan(1_017);
  expect(await ended(short.child), short.child.errors).toBe(0);
  expect(await ended(long.child)).not.toBe(0);
  await logged(server, { msg: "publish refused", stream: "HS256/long", reason: "CREDENTIALS_CUT_OFF" });
});
