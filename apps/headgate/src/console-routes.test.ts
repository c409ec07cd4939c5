import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type FastifyInstance, fastify } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { consoleRoutes } from "./console-routes.ts";

let folder: string;
let server: FastifyInstance;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-console-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "assets/index-12345678.js"), "export {};");
  writeFileSync(join(folder, "assets/notes.txt"), "not for browsers");
  writeFileSync(join(folder, "secret.js"), "not an asset");
  server = fastify();
  server.register(consoleRoutes(folder));
  await server.ready();
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const ask = (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers });

test("the page lets in nothing but itself, and is asked for again each time", async () => {
  const { body, headers } = await ask("/", { host: "gateway.internal:1985" });
  expect([body, headers["content-type"], headers["cache-control"]]).toEqual([
    "<!doctype html>",
    "text/html; charset=utf-8",
    "no-cache",
  ]);
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
  expect(policy).toContain(
    "connect-src 'self' http://gateway.internal:* https://gateway.internal:* ws://gateway.internal:* wss://gateway.internal:*;",
  );
  expect(policy).not.toContain("unsafe");
});

test.each(["[::1]:1985", "a b; script-src *"])("a host that no policy can name: %s", async (host) => {
  const policy = String((await ask("/", { host })).headers["content-security-policy"]);
  expect(policy).toContain("connect-src 'self' http: https: ws: wss:;");
  expect(policy).not.toContain("script-src *");
});

test("assets stay for ever, and come compressed to those that can read it", async () => {
  const plain = await ask("/assets/index-12345678.js");
  expect(plain.headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
    "x-content-type-options": "nosniff",
  });
  const zipped = await ask("/assets/index-12345678.js", { "accept-encoding": "gzip, br" });
  expect(zipped.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body);
  expect(zipped.headers.etag).not.toBe(plain.headers.etag);
  for (const { headers } of [plain, zipped]) {
    const again = { "if-none-match": String(headers.etag) };
    const encoding = headers["content-encoding"] ? { "accept-encoding": "gzip" } : {};
    const reply = await ask("/assets/index-12345678.js", { ...again, ...encoding });
    expect([reply.statusCode, reply.body]).toEqual([304, ""]);
  }
});

test.each(["/secret.js", "/assets/notes.txt", "/assets/..%2Fsecret.js", "/assets/", "/assets/../secret.js"])(
  "nothing else of the folder is sent: %s",
  async (url) => {
    expect((await ask(url)).statusCode).toBe(404);
  },
);

test("where it is not built, the page says so", async () => {
  const bare = fastify();
  bare.register(consoleRoutes(join(folder, "nothing")));
  const { statusCode, body } = await bare.inject("/");
  expect([statusCode, body]).toEqual([404, expect.stringContaining("npm run build")]);
  await bare.close();
});
