import { generateKeyPairSync } from "node:crypto";
import type { Reload } from "@headgate/config";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { allKeys, type Key } from "./keys.test.helper.ts";
import { configInForce, loadConfig } from "./load-config.ts";
import { changesOf } from "./restart-keys.ts";
import { shownConfig } from "./shown-config.ts";

/** What some key accepts, whichever it is. */
const VALUES: readonly unknown[] = [
  ...[true, false, 1, 2, 17, 500, 4_000, 100_000, 3_000_000],
  ...["0s", "150ms", "2s", "11s", "2m", "512KiB", "2MiB", "3GiB"],
  ...[
    "takeover",
    "drop",
    "debug",
    "json",
    "TLSv1.1",
    "TLSv1.2",
    "Forwarded",
    "llnw",
    "nginx",
    "sha256",
    "allow",
    "mp4",
    "asked",
    "10%",
    "POST",
  ],
  ...[
    "10.0.0.1",
    "127.0.0.2",
    "rtmp://h/live",
    "http://127.0.0.1:8134",
    "https://h/keys",
    "live/cam",
    "name",
    "a text of sixteen",
    "$uri $secret",
  ],
  ...["me@example.com", "none", "all"],
  ...[["10.0.0.0/8"], ["gateway.internal"], ["a.example"], ["nginx-rtmp"], ["read"], ["rtmp"], ["publish"]],
  ["cp", "{path}", "/mnt/"],
  ...[["H264"], ["AAC"], "1920x1080"],
  ...[{ studio: "s3cret" }, { operators: ["read"] }],
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
];

/** Entries of lists that are tried as a whole. Playlists, which no `*` may have, have a test of their own. */
const isOfEntry = ({ path }: Key): boolean => path.includes("[]") || path.includes(".playlists");

const KEYS = allKeys().filter((key) => !isOfEntry(key));

/** Both documents are whole: what one key needs besides itself is in both. */
const BASE: Readonly<Record<string, unknown>> = {
  listeners: [{ port: 1936 }],
  applications: { live: {}, "*": {} },
};

/** With what a key may be written that needs others beside it. */
const SIGNED = { signedUrl: { preset: "nms", secret: "a secret" } };
const SIGNED_BASE = { ...BASE, applications: { live: {}, "*": { publish: SIGNED, play: SIGNED } } };
const ADMIN_TLS = { cert: "a.crt", key: "a.key", clientCa: "ca.crt", clients: [{ subject: "CN=a" }] };
const TLS_BASE = { ...BASE, admin: { tls: ADMIN_TLS } };
const HOLDERS_BASE = {
  ...BASE,
  access: { users: { alice: "s3cret" }, jwt: { secret: "a text of sixteen" } },
};
const OIDC_BASE = { ...BASE, admin: { oidc: { audience: "headgate" } } };

function baseOf(path: string): typeof BASE {
  if (path === "admin.oidc.issuer") return OIDC_BASE;
  if (path.startsWith("admin.tls.")) return TLS_BASE;
  if (/^applications\..*\.(users|jwt)$/.test(path)) return HOLDERS_BASE;
  return path.includes(".signedUrl.") ? SIGNED_BASE : BASE;
}

function valuesOf(key: Key): readonly unknown[] {
  return key.example === undefined ? VALUES : [[parse(key.example)], ...VALUES];
}

/** The document with another value at a path. */
function changed(base: typeof BASE, path: readonly string[], value: unknown): typeof BASE {
  // Not structuredClone: what two keys share would remain shared.
  const document = JSON.parse(JSON.stringify(base)) as Record<string, unknown>;
  let at = document;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
  return document;
}

function load(document: unknown) {
  const { config, written } = loadConfig({ name: "f", content: JSON.stringify(document) }, {}) as Partial<
    Extract<ReturnType<typeof loadConfig>, { readonly config: object }>
  >;
  return { config, written };
}

function valueAt(shown: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], shown);
}

/** The first value of those that the key accepts, and that is none of the default's. */
function otherThanDefault(key: Key) {
  const path = key.path.split(".");
  const base = baseOf(key.path);
  for (const value of valuesOf(key)) {
    const next = load(changed(base, path, value));
    if (!next.config || next.written === undefined) continue;
    const before = load(base);
    const changes = changesOf(before.written!, before.written!, next.written);
    if (changes.length > 0) return { before, next, changes, path };
  }
  throw new Error(`no other value for ${key.path}`);
}

test.each(KEYS.map((key) => [key.path, key.reload, key] as const))(
  "%s is of the class %s: a new value is told, and is in force or waits",
  (keyPath, reload, key) => {
    const { before, next, changes, path } = otherThanDefault(key);
    expect(changes).toEqual([{ key: keyPath, reload }]);
    const { config } = configInForce(
      before.written!.options,
      next.written!.options,
      Number.POSITIVE_INFINITY,
    );
    const [old, wanted, inForce] = [before.config!, next.config!, config!].map((each) =>
      optionsAt(each, path),
    );
    // Also of a secret it is shown that it is set.
    expect([null, key.writtenDefault]).not.toContainEqual(wanted);
    if (reload === "restart") expect(inForce).toEqual(old);
    else expect(inForce).toEqual(wanted);
  },
);

function optionsAt(config: NonNullable<ReturnType<typeof load>["config"]>, path: readonly string[]): unknown {
  return valueAt(shownConfig(config), path);
}

test("every key has a class, also in entries of lists", () => {
  const classes: readonly Reload[] = ["live", "sessions", "listener", "restart"];
  expect(allKeys().filter(({ reload }) => !classes.includes(reload!))).toEqual([]);
});

test("a listener keeps its acme until a restart, and a new one with acme waits", () => {
  const acme = { domains: ["a.example"] };
  const started = load({ listeners: [{ port: 1936 }] });
  const next = load({
    listeners: [{ port: 1936, tls: { acme } }, { port: 1937, tls: { acme } }, { port: 1938 }],
  });
  const changes = changesOf(started.written!, started.written!, next.written!);
  expect(changes).toEqual([
    { key: "listeners", reload: "listener" },
    { key: "listeners[0].tls.acme", reload: "restart" },
    { key: "listeners[1]", reload: "restart" },
  ]);
  const { config } = configInForce(started.written!.options, next.written!.options, 1e9);
  expect(config!.listeners.map(({ port, tls }) => [port, tls.acme.domains])).toEqual([
    [1936, []],
    [1938, []],
  ]);
});

test("what may not stand together before a restart is a mistake", () => {
  const token = { name: "ops", hash: `sha256:${"0".repeat(64)}` };
  const started = load({ admin: { host: "0.0.0.0", tokens: [token] } });
  const next = load({ admin: { host: "127.0.0.1" } });
  const { problems } = configInForce(started.written!.options, next.written!.options, 1e9);
  expect(problems).toEqual([
    expect.stringMatching(/^admin\.host, as long as the server is not restarted: .*tokens/),
  ]);
});

test("what is the same has not changed, whatever way it is written", () => {
  const one = load({ ...BASE, timeouts: { connect: "10s" }, merge: "latency" }).written!;
  const other = load({ ...BASE, merge: { soundWait: "0s", maxWindow: "0s" } }).written!;
  expect(changesOf(one, one, other)).toEqual([]);
  const secrets = (key: string) => load({ applications: { live: { publish: { key } } } }).written!;
  expect(changesOf(secrets("a"), secrets("a"), secrets("b"))).toEqual([
    { key: "applications.live.publish.key", reload: "live" },
  ]);
  expect(changesOf(secrets("a"), secrets("a"), secrets("a"))).toEqual([]);
});

test("playlists are in force at once, each as a change of its own", () => {
  const written = (playlists: object) => load({ applications: { tv: { playlists } } }).written!;
  const items = [{ live: "cam" }];
  const [one, two] = [
    written({ a: { items }, b: { items } }),
    written({ a: { items, loop: true }, c: { items } }),
  ];
  expect(changesOf(one, one, two)).toEqual([
    { key: "applications.tv.playlists.a.loop", reload: "live" },
    { key: "applications.tv.playlists.b", reload: "live" },
    { key: "applications.tv.playlists.c", reload: "live" },
  ]);
});

test("an application that comes or goes is one change", () => {
  const written = (names: Record<string, object>) => load({ applications: names }).written!;
  const [one, two] = [written({ a: {}, b: {} }), written({ a: {}, c: { gopCache: "1s" } })];
  expect(changesOf(one, one, two).map(({ key }) => key)).toEqual(["applications.b", "applications.c"]);
});
