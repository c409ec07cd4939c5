import { createHash, createPublicKey, verify } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { AcmeClient } from "./acme-client.ts";
import { MAX_REPLY_BYTES } from "./acme-request.ts";
import { makeKeyAtOnce } from "./certificates.ts";

const KEY = makeKeyAtOnce();
const HOST = "https://authority.example";
const DIRECTORY = { newNonce: `${HOST}/nonce`, newAccount: `${HOST}/account`, newOrder: `${HOST}/order` };

/** How long it has waited, without doing so. */
const waits = vi.hoisted((): number[] => []);
const fetch = vi.hoisted(() => vi.fn());
// Other test files run in this process, with the real ones.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

vi.mock("@headgate/http-client", () => ({ fetch }));
vi.mock("node:timers/promises", () => ({
  setTimeout: async (ms: number) => {
    waits.push(ms);
    vi.advanceTimersByTime(ms);
  },
}));

interface Sent {
  readonly url: string;
  readonly head: Readonly<Record<string, unknown>>;
  readonly payload: string;
  readonly isSigned: boolean;
}

let sent: Sent[];
/** Replies to signed requests, in order; the last is repeated. */
let replies: (() => Response)[];
let directory: object;
let client: AcmeClient;

const json = (value: unknown, headers: Record<string, string> = {}, status = 200): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });

const problem = (type: string, more: object = {}, headers: Record<string, string> = {}): Response => {
  const body = { type: `urn:ietf:params:acme:error:${type}`, detail: "so it is", ...more };
  return json(body, { "content-type": "application/problem+json", ...headers }, 400);
};

beforeEach(() => {
  directory = DIRECTORY;
  [sent, replies] = [[], [() => json({}, { location: `${HOST}/account/1` }, 201)]];
  let nonces = 0;
  const answer = async (url: string, { method = "GET", body }: RequestInit = {}): Promise<Response> => {
    if (method === "GET") return json(directory);
    nonces += 1;
    if (method === "HEAD") return new Response(null, { headers: { "replay-nonce": `fresh${nonces}` } });
    sent.push(read(url, String(body)));
    const reply = (replies.length > 1 ? replies.shift()! : replies[0]!)();
    reply.headers.set("replay-nonce", `next${nonces}`);
    return reply;
  };
  fetch.mockImplementation(answer);
  client = new AcmeClient({ directory: `${HOST}/directory`, key: KEY, signal: new AbortController().signal });
});

afterEach(() => {
  vi.useRealTimers();
});

function read(url: string, body: string): Sent {
  const { protected: head, payload, signature } = JSON.parse(body);
  const key = { key: createPublicKey(KEY), dsaEncoding: "ieee-p1363" } as const;
  const isSigned = verify(
    "sha256",
    Buffer.from(`${head}.${payload}`),
    key,
    Buffer.from(signature, "base64url"),
  );
  const decoded = (text: string): string => Buffer.from(text, "base64url").toString("utf8");
  return { url, head: JSON.parse(decoded(head)), payload: decoded(payload), isSigned };
}

test("requests are signed: with the key before there is an account, and in its name after that", async () => {
  await client.logIn("ops@example.com");
  replies = [() => json({ status: "pending" }, { location: `${HOST}/order/1` }, 201)];
  expect((await client.newOrder(["a.example"])).url).toBe(`${HOST}/order/1`);
  await client.read(`${HOST}/order/1`);
  expect(sent.map(({ isSigned }) => isSigned)).toEqual([true, true, true]);
  const [account, order, reading] = sent as [Sent, Sent, Sent];
  const { d: _, ...jwk } = KEY.export({ format: "jwk" });
  expect(account.head).toEqual({ alg: "ES256", jwk, nonce: "fresh1", url: DIRECTORY.newAccount });
  expect(JSON.parse(account.payload)).toEqual({
    termsOfServiceAgreed: true,
    contact: ["mailto:ops@example.com"],
  });
  expect(order.head).toEqual({
    alg: "ES256",
    kid: `${HOST}/account/1`,
    nonce: "next2",
    url: DIRECTORY.newOrder,
  });
  expect(JSON.parse(order.payload)).toEqual({ identifiers: [{ type: "dns", value: "a.example" }] });
  expect(reading.payload).toBe("");
});

test("a key authorization ends with the thumbprint of the key", () => {
  const { crv, kty, x, y } = KEY.export({ format: "jwk" });
  const thumbprint = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
  expect(client.keyAuthorization("token")).toBe(`token.${thumbprint}`);
});

test("a request whose nonce is too old is made again, a few times", async () => {
  await client.logIn(undefined);
  replies = [() => problem("badNonce"), () => problem("badNonce"), () => json({ status: "valid" })];
  expect(await client.read(`${HOST}/x`)).toEqual({ status: "valid" });
  expect(new Set(sent.map(({ head }) => head.nonce)).size).toBe(sent.length);
  replies = [() => problem("badNonce")];
  const before = sent.length;
  await expect(client.read(`${HOST}/x`)).rejects.toThrow("so it is (badNonce)");
  expect(sent.length - before).toBe(11);
});

test("what the authority says is wrong is one line, and says how long to wait", async () => {
  const subproblems = [{ type: "urn:ietf:params:acme:error:caa", detail: "not\n\x1b[31mallowed" }];
  replies = [() => problem("rateLimited", { subproblems }, { "retry-after": "90" })];
  await expect(client.logIn(undefined)).rejects.toMatchObject({
    name: "AcmeError",
    message: "so it is; not [31mallowed (caa) (rateLimited)",
    retryAfterMs: 90_000,
  });
});

test.each<[string, () => Response, string]>([
  ["no JSON", () => new Response("<html>"), "does not answer with a JSON object"],
  ["null", () => json(null), "does not answer with a JSON object"],
  ["an error without a problem", () => new Response("oops", { status: 502 }), "answers with status 502"],
  ["an empty problem", () => problem("x", { type: {}, detail: {} }), "answers with status 400"],
  ["a strange problem", () => problem("x", { detail: 7, subproblems: [null, 1] }), " (x)"],
  ["no end", () => new Response("x".repeat(MAX_REPLY_BYTES + 1)), "the authority's reply is too long"],
])("an authority that answers with %s is an error in words", async (_, reply, words) => {
  await client.logIn(undefined);
  replies = [reply];
  const failed = client.read(`${HOST}/x`);
  await expect(failed).rejects.toThrow(words);
  await expect(failed).rejects.toMatchObject({ name: "AcmeError" });
});

test.each(["http://authority.example/x", "https://", "https://["])(
  "%s is not asked: only https is spoken",
  async (url) => {
    await client.logIn(undefined);
    await expect(client.read(url)).rejects.toThrow("a URL that is not https");
  },
);

test.each([{ newNonce: 5 }, { newAccount: null }, { newOrder: undefined }])(
  "a directory with %j is an error in words",
  async (wrong) => {
    directory = { ...DIRECTORY, ...wrong };
    await expect(client.logIn(undefined)).rejects.toMatchObject({ name: "AcmeError" });
  },
);

test("an authority that cannot be reached is named", async () => {
  const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  fetch.mockRejectedValue(new TypeError("fetch failed", { cause }));
  await expect(client.logIn(undefined)).rejects.toThrow("authority.example cannot be asked: ECONNREFUSED");
});

test("an object is read until its status changes, in the authority's rhythm, and not for ever", async () => {
  await client.logIn(undefined);
  vi.useFakeTimers();
  const pending = () => json({ status: "pending" }, { "retry-after": "5" });
  replies = [pending, () => json({ status: "pending" }), () => json({ status: "valid" })];
  expect(await client.readUntilNot(`${HOST}/x`, ["pending"])).toEqual({ status: "valid" });
  expect(waits).toEqual([5_000, 1_000]);
  replies = [pending];
  await expect(client.readUntilNot(`${HOST}/x`, ["pending"])).rejects.toThrow("takes too long");
});
