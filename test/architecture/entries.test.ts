import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Entry, entriesOf, isSafe } from "./entries.ts";

const ROOT = new URL("../../", import.meta.url);

/** Programs of their own, and what only tests use: an error may end those. */
const EXEMPT_FILES = /\.test\.|^packages\/testing\/|\/compliance\/|^apps\/headgate\/src\/tools\//;

/**
 * Files in which callbacks go through no guard: how many, and why that is safe. A new entry belongs through a guard
 * (`guard.entry`, `guard.run`, `guard.settle`) and not here, unless nothing in it can throw.
 */
const UNGUARDED: Readonly<Record<string, readonly [count: number, why: string]>> = {
  "apps/headgate/src/log-output.ts": [
    3,
    "writes the log, in which faults are reported; lines that fail are kept and counted",
  ],
  "apps/headgate/src/embed/plugin-policy.ts": [1, "is called by the program's own handler, which is told"],
  "apps/headgate/src/main.ts": [1, "sets a number"],
  "apps/headgate/src/serve.ts": [
    4,
    "the last resort itself, and reading the configuration, which has a guard of its own",
  ],
  "apps/headgate/src/wait-for-signal.ts": [1, "resolves a promise, or ends the process"],
  "apps/headgate/src/watch-descriptors.ts": [1, "opens a file in a try, and writes a line to the log"],
  "apps/headgate/src/workers/unclaimed-sockets.ts": [1, "closes handles, which may be closed already"],
  "apps/headgate/src/workers/passed-requests.ts": [
    7,
    "answers a request, through the guard of its connection",
  ],
  "apps/headgate/src/workers/primary.ts": [
    2,
    "an error at the start, and cleaning up when the process exits",
  ],
  "apps/headgate/src/workers/worker-process.ts": [1, "settles a promise"],
  "apps/headgate/src/workers/worker-sockets.ts": [3, "settles a promise, when the server starts"],
  "apps/headgate/src/workers/worker.ts": [3, "ends the process"],
  "packages/server/client/src/standalone-context.ts": [1, "is to throw"],
  "packages/transports/tcp/src/outlive-writes.ts": [1, "destroys a socket"],
  "packages/server/driver/src/fault-log.ts": [1, "is to throw"],
  "packages/server/gateway/src/policies/swf-verification.ts": [
    1,
    "makes a verdict, which is handled through a guard",
  ],
  "packages/server/gateway/src/policy.ts": [1, "makes a verdict, which is handled through a guard"],
  "packages/server/gateway/src/pump.ts": [1, "a Peer contains what its methods throw"],
  "packages/transports/listener/src/sniffer.ts": [
    1,
    "frees a permit; a guard would hold the Sniffer as long as its connection",
  ],
  "packages/features/access/src/credentials.ts": [1, "makes a verdict, which is handled through a guard"],
  "packages/features/access/src/password-hash.ts": [1, "makes a verdict, which is handled through a guard"],
  "packages/features/access/src/users.ts": [1, "makes a verdict, which is handled through a guard"],
  "packages/features/relay/src/relays.ts": [1, "makes a verdict, which is handled through a guard"],
  "packages/features/relay/src/session-proxy.ts": [1, "a Driver contains what its methods throw"],
  "packages/server/http-server/src/admin-server.ts": [1, "gives requests to fastify, which handles errors"],
  "packages/server/http-server/src/notice.ts": [1, "tells fastify that a body is read"],
  "packages/server/http-server/src/take-requests.ts": [3, "gives each request to a guard of its own"],
  "packages/server/http-client/src/reply-turns.ts": [
    1,
    "lets undici read, which ends a connection by what it throws in doing so",
  ],
  "packages/server/http-server/src/request-turns.ts": [2, "reads on, through the guard of each connection"],
  "packages/transports/http/src/tunnel-client-link.ts": [3, "tells a Driver, which does not throw"],
  "packages/transports/http/src/tunnel-link.ts": [1, "tells a Driver, which does not throw"],
  "packages/transports/tcp/src/connect-tcp.ts": [
    3,
    "settles a promise, which the caller handles through a guard",
  ],
  "packages/transports/tcp/src/shared-read-socket.ts": [
    3,
    "tells a Driver, which does not throw, or a guard",
  ],
  "packages/transports/tcp/src/tcp-link.ts": [4, "tells a Driver, which does not throw"],
  "packages/transports/tls/src/tls-client.ts": [
    1,
    "frees a turn, within a promise that is handled through a guard",
  ],
  "packages/transports/tls/src/tls-server.ts": [
    1,
    "frees a turn, within a promise that is handled through a guard",
  ],
  "packages/transports/tls/src/watch-files.ts": [
    1,
    "compares texts; handling a change has a guard of its own",
  ],
  "packages/transports/transport/src/guard.ts": [2, "is the guard"],
};

function unguarded(file: string): Entry[] {
  const source = readFileSync(new URL(file, ROOT), "utf8");
  return entriesOf(source).filter(
    ({ callbacks }) => !callbacks.every((callback) => isSafe(callback, source)),
  );
}

test("everything that happens outside comes in through a guard", () => {
  const tracked = execFileSync("git", ["ls-files", "packages/*/*/src/*.ts", "apps/headgate/src/*.ts"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const files = tracked
    .trim()
    .split("\n")
    .filter((file) => !EXEMPT_FILES.test(file));
  expect(files.length).toBeGreaterThan(100);
  const problems = files.flatMap((file) => {
    const found = unguarded(file);
    const [count] = UNGUARDED[file] ?? [0];
    if (found.length === count) return [];
    return [
      `${file}: ${found.length} entries without a guard, where ${count} are allowed:`,
      ...found.map(({ call }) => `  ${call}`),
    ];
  });
  expect(problems).toEqual([]);
});

test.each([
  ["a timer", "setTimeout(() => this.#check(url), 100)"],
  ["what a socket reads", "new Socket({ handle, onread })"],
  ["what another kind of socket reads", "super({ ...options, onread: { buffer, callback } })"],
  ["an event with a method", 'socket.on("data", this.#onData);'],
  ["an event with a function", 'socket.once("close", (hadError) => { leave(hadError); })'],
  ["a promise", "dial(url).then((link) => use(link), ignore); function ignore(): void {}"],
  ["a rejection", "work().catch((error: unknown) => log(error))"],
  ["a microtask", "queueMicrotask(flush)"],
  ["a signal", "for (const signal of SIGNALS) process.on(signal, () => reload());"],
  ["a server", "createServer({ noDelay: true }, (socket) => take(socket))"],
  ["a guard that comes too late", "setImmediate(() => { prepare(); guard.run(work); })"],
])("%s without a guard is found", (_, source) => {
  const found = entriesOf(source).filter(
    ({ callbacks }) => !callbacks.every((callback) => isSafe(callback, source)),
  );
  expect(found).toHaveLength(1);
});

test.each([
  "setInterval(this.#guard.entry(() => sweep()), 100)",
  'socket.on("data", guard.entry((bytes: Buffer) => this.#receive(bytes)))',
  'this.#onClose = this.#guard.entry(() => this.#closed()); socket.on("close", this.#onClose)',
  "setTimeout(() => this.#relay.guard.run(() => this.#relay.end()), 100)",
  'socket.on("error", ignore); function ignore(): void {}',
  'socket.on("error", () => {})',
  "setTimeout(() => socket.destroy(), 100)",
  'server.once("listening", resolve)',
  "// setTimeout(() => work(), 100)",
  'const text = "setTimeout(work, 100)";',
  "request(request: TunnelRequest): void { this.#session.request(request); }",
])("%s is guarded, or none", (source) => {
  expect(
    entriesOf(source).filter(({ callbacks }) => !callbacks.every((callback) => isSafe(callback, source))),
  ).toEqual([]);
});
