import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ForeignRequest } from "@headgate/http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_PASSED_PER_ADDRESS, MAX_PASSED_PER_WORKER, PassedRequests } from "./passed-requests.ts";

const WAIT = { timeout: 10_000, interval: 50 };
const LIVE_WORKER = 0;
const DEAD_WORKER = 1;

let folder: string;
let server: Server;
let passed: PassedRequests;
let asked: { readonly request: IncomingMessage; readonly response: ServerResponse }[];
let connections: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "passed-"));
  asked = [];
  connections = 0;
  server = createServer((request, response) => asked.push({ request, response }));
  server.on("connection", () => {
    connections += 1;
  });
  server.listen({ path: join(folder, `${LIVE_WORKER}`), backlog: MAX_PASSED_PER_WORKER });
  await once(server, "listening");
  passed = new PassedRequests((slot) => join(folder, String(slot)));
});

afterEach(() => {
  passed.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

type Answer = readonly [status: number, body?: string];

function pass(
  slot: number,
  options: Partial<ForeignRequest> = {},
): { answers: Answer[]; cancel: () => void } {
  const answers: Answer[] = [];
  const cancel = passed.pass(slot, {
    sessionId: "id",
    path: "/send/id/0",
    body: Buffer.from("abc"),
    remoteAddress: "192.0.2.1",
    answer: (status, body) => answers.push(body ? [status, String(Buffer.from(body))] : [status]),
    ...options,
  });
  return { answers, cancel };
}

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

test("a request is asked of the worker, which gives the answer", async () => {
  const [found, lost] = [pass(LIVE_WORKER), pass(LIVE_WORKER, { path: "/idle/id/1" })];
  await vi.waitFor(() => expect(asked.length).toBe(2));
  expect(await body(asked[0]!.request)).toBe("abc");
  expect(asked.map(({ request }) => request.url)).toEqual(["/send/id/0", "/idle/id/1"]);
  expect(Object.keys(asked[0]!.request.headers).sort()).toEqual(["connection", "content-length", "host"]);
  asked[0]!.response.end("\x01reply");
  asked[1]!.response.writeHead(404).end();
  await vi.waitFor(() => expect([found.answers, lost.answers]).toEqual([[[200, "\x01reply"]], [[404]]]));
});

test("a request of a worker that is dead, or dies meanwhile, is of a session that is gone", async () => {
  const dead = pass(DEAD_WORKER);
  const dying = pass(LIVE_WORKER);
  const halfWay = pass(LIVE_WORKER);
  await vi.waitFor(() => expect(asked.length).toBe(2));
  asked[0]!.request.socket.destroy();
  asked[1]!.response.writeHead(200, { "Content-Length": 10 }).write("half");
  await new Promise((resolve) => setTimeout(resolve, 50));
  asked[1]!.request.socket.destroy();
  await vi.waitFor(() =>
    expect([dead, dying, halfWay].map(({ answers }) => answers)).toEqual(Array(3).fill([[404]])),
  );
});

test("a worker that hangs costs a bounded time and number of connections", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const all = Array.from({ length: MAX_PASSED_PER_WORKER + 100 }, (_, index) =>
    pass(LIVE_WORKER, { remoteAddress: `10.0.${index >> 8}.${index & 255}` }),
  );
  const refused = (): number => all.filter(({ answers }) => answers[0]?.[0] === 503).length;
  expect(refused()).toBe(100);
  await vi.waitFor(() => expect(connections).toBe(MAX_PASSED_PER_WORKER), WAIT);
  vi.advanceTimersByTime(60_000);
  expect(refused()).toBe(all.length);
  vi.useRealTimers();
  const next = pass(LIVE_WORKER);
  await vi.waitFor(() => expect(asked.length).toBe(MAX_PASSED_PER_WORKER + 1), WAIT);
  asked.at(-1)!.response.end("\x01");
  await vi.waitFor(() => expect(next.answers).toEqual([[200, "\x01"]]));
}, 30_000);

test("one address, or one IPv6 /64, has a bounded number of requests, and others have theirs", async () => {
  const addresses = ["2001:db8::1", "2001:db8::2"];
  const all = Array.from({ length: MAX_PASSED_PER_ADDRESS }, (_, index) =>
    pass(DEAD_WORKER, { remoteAddress: addresses[index % 2]! }),
  );
  expect(pass(LIVE_WORKER, { remoteAddress: addresses[0]! }).answers).toEqual([[503]]);
  const other = pass(LIVE_WORKER, { remoteAddress: "2001:db8:0:1::1" });
  await vi.waitFor(() => expect(asked.length).toBe(1), WAIT);
  asked[0]!.response.end("\x01");
  await vi.waitFor(() => expect([other.answers.length, all.at(-1)!.answers]).toEqual([1, [[404]]]), WAIT);
  expect(pass(LIVE_WORKER, { remoteAddress: addresses[0]! }).answers).toEqual([]);
});

test("few addresses cannot have all requests that a worker may have pending", () => {
  const taken = [1, 2, 3, 4].map((host) => {
    const all = Array.from({ length: MAX_PASSED_PER_ADDRESS }, () =>
      pass(LIVE_WORKER, { remoteAddress: `192.0.2.${host}` }),
    );
    return all.filter(({ answers }) => answers.length === 0).length;
  });
  expect(taken).toEqual([512, 256, 128, 64]);
});

test("a request whose connection is lost is not waited for", async () => {
  const { answers, cancel } = pass(LIVE_WORKER);
  await vi.waitFor(() => expect(asked.length).toBe(1));
  cancel();
  await once(asked[0]!.request.socket, "close");
  expect(answers).toEqual([]);
});
