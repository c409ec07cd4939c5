import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { Challenges } from "./challenges.ts";
import { settingsFor } from "./folder.test.helper.ts";

const DOMAIN = "a.example";

let folder: string;
let challenges: Challenges;

beforeEach(() => {
  folder = settingsFor([DOMAIN]).folder;
  challenges = new Challenges(folder, [DOMAIN]);
  challenges.clear();
});

const challenge = (token: string, domain = DOMAIN) => ({ domain, token, keyAuthorization: `${token}.print` });

test("over HTTP a token is answered while its challenge is under way, in every process", async () => {
  const withdraw = await challenges.answer("http-01", challenge("tok_en-1"));
  const another = new Challenges(folder, [DOMAIN]);
  expect(await another.httpAnswer("tok_en-1")).toBe("tok_en-1.print");
  await withdraw();
  expect(await another.httpAnswer("tok_en-1")).toBeUndefined();
});

test("over TLS a name is answered with a certificate for it alone", async () => {
  const withdraw = await challenges.answer("tls-alpn-01", challenge("token"));
  const proof = await challenges.tlsAnswer("A.Example");
  expect(new X509Certificate(proof!.cert).subjectAltName).toBe(`DNS:${DOMAIN}`);
  expect(await challenges.tlsAnswer("b.example")).toBeUndefined();
  await withdraw();
  expect(await challenges.tlsAnswer(DOMAIN)).toBeUndefined();
});

test("no other file is read, whatever a client asks for", async () => {
  writeFileSync(join(folder, "secret.token"), "secret");
  writeFileSync(join(folder, "secret.pem"), "secret");
  for (const name of ["../secret", "..%2fsecret", "", ".", "\0", "x".repeat(10_000)]) {
    expect(await challenges.httpAnswer(name)).toBeUndefined();
    expect(await challenges.tlsAnswer(name)).toBeUndefined();
  }
});

test.each([
  ["a token with a path in it", challenge("../../token")],
  ["an empty token", challenge("")],
  ["another domain", challenge("token", "../b.example")],
])("an authority that asks for %s gets no answer", async (_, asked) => {
  for (const type of ["http-01", "tls-alpn-01"] as const)
    await expect(challenges.answer(type, asked)).rejects.toThrow("something else than what was ordered");
  expect(readdirSync(join(folder, "challenges"))).toEqual([]);
});

test("answers are for their owner alone, and those of a killed process are forgotten", async () => {
  await challenges.answer("http-01", challenge("token"));
  await challenges.answer("tls-alpn-01", challenge("token"));
  const own = join(folder, "challenges");
  const modes = readdirSync(own).map((name) => statSync(join(own, name)).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600]);
  challenges.clear();
  expect(existsSync(own)).toBe(true);
  expect(readdirSync(own)).toEqual([]);
});
