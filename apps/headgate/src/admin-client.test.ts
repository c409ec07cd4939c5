import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askToDo } from "./admin-client.ts";

let server: Server;
let url: string;
let asked: IncomingMessage[];
let answer: RequestListener;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("HEADGATE_TOKEN", undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

test("what the server answers is returned", async () => {
  answer = (_, response) => response.writeHead(200).end('{"code":0}');
  expect(await askToDo("/api/v1/drain", { url: `${url}/` })).toEqual({ status: 200, body: { code: 0 } });
  const [{ method, url: path, headers }] = asked as [IncomingMessage];
  expect([method, path, headers.authorization]).toEqual(["POST", "/api/v1/drain", undefined]);
});

test("the token is that of the command, or else that of the environment", async () => {
  answer = (_, response) => response.writeHead(200).end("{}");
  vi.stubEnv("HEADGATE_TOKEN", "variable");
  await askToDo("/x", { url });
  await askToDo("/x", { url, token: "option" });
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer variable", "Bearer option"]);
});

test("the admin server is where the configuration says", async () => {
  answer = (_, response) => response.writeHead(200).end("{}");
  vi.stubEnv("HEADGATE_ADMIN_PORT", new URL(url).port);
  expect(await askToDo("/x", {})).toEqual({ status: 200, body: {} });
});

test.each([
  [401, /status 401; a token is needed, as --token or HEADGATE_TOKEN, or this one is wrong$/],
  [403, /status 403; this token does not allow it$/],
  [404, /\/x: status 404$/],
])("a status %i without JSON is a problem", async (status, sentence) => {
  answer = (_, response) => response.writeHead(status).end("No.");
  expect(await askToDo("/x", { url, token: "s3cret" })).toEqual({
    problems: [expect.stringMatching(sentence)],
  });
});

test("a server that does not answer is a problem, and a URL that is none", async () => {
  answer = () => {};
  expect(await askToDo("/x", { url }, 50)).toEqual({ problems: [`${url}/x: no answer in time`] });
  server.closeAllConnections();
  server.close();
  expect(await askToDo("/x", { url })).toEqual({ problems: [`${url}/x: ECONNREFUSED`] });
  expect(await askToDo("/x", { url: "here" })).toEqual({
    problems: [expect.stringContaining("must be a URL")],
  });
});

test("a file with mistakes says nothing of the server", async () => {
  vi.stubEnv("HEADGATE_ADMIN_PORT", "x");
  expect(await askToDo("/x", {})).toEqual({
    problems: [
      expect.stringMatching(/^HEADGATE_ADMIN_PORT: /),
      expect.stringContaining("1 mistake in the configuration: name the server by --url"),
    ],
  });
});
