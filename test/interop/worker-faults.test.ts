import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { SocketPeer } from "../support/socket-peer.ts";

const WAIT = { timeout: 20_000, interval: 100 };
const WORKERS = 3;

let server: HeadgateServer;

const start = (): Promise<HeadgateServer> => startHeadgate({ workers: WORKERS, applications: { "*": {} } });

beforeAll(async () => {
  server = await start();
}, 90_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

function workersOf({ pid }: HeadgateServer): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const requestOf = (path: string, body = "\0"): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A connection, and all that has come over it. */
function dial(): { readonly socket: Socket; text: string } {
  const dialled = { socket: connect(server.port(0), "127.0.0.1"), text: "" };
  dialled.socket.setEncoding("latin1").on("error", () => {});
  dialled.socket.on("data", (text: string) => {
    dialled.text += text;
  });
  return dialled;
}

/** Over a connection of its own, which goes to the next worker. */
function ask(path: string, body?: string): Promise<string> {
  const dialled = dial();
  dialled.socket.write(requestOf(path, body), "latin1");
  return new Promise((resolve, reject) => {
    dialled.socket.on("close", () => reject(new Error("closed without an answer")));
    dialled.socket.on("data", () => {
      if (!dialled.text.includes("\r\n\r\n")) return;
      dialled.socket.destroy();
      resolve(dialled.text);
    });
  });
}

async function openTunnel(): Promise<string> {
  const text = await ask("/open/1");
  return text.slice(text.indexOf("\r\n\r\n") + 4).trim();
}

function publish(stream: string): SocketPeer {
  const peer = SocketPeer.dial(server.port(0));
  peer.connect("live");
  peer.publish(stream);
  return peer;
}

test("session ids that are made up open no connection between workers", async () => {
  const before = workersOf(server).map(descriptorsOf);
  const real = await openTunnel();
  const connections = Array.from({ length: WORKERS }, dial);
  const count = 1_000;
  for (const { socket } of connections) {
    for (let i = 0; i < count; i += 1) {
      // The prefix of a real one, which says whose it is.
      const digits = (BigInt(i) * 2n ** 100n).toString(36).padStart(25, "0").slice(-25);
      socket.write(requestOf(`/idle/${real.slice(0, -25)}${digits}/0`));
    }
  }
  let most = 0;
  await vi.waitFor(() => {
    most = Math.max(most, ...workersOf(server).map(descriptorsOf));
    for (const { text } of connections) expect(text.match(/HTTP\/1\.1 404/g)?.length).toBe(count);
  }, WAIT);
  expect(most - Math.max(...before)).toBeLessThan(30);
  for (const { socket } of connections) socket.destroy();
}, 90_000);

test("a session is found through every worker, and so is its end", async () => {
  const id = await openTunnel();
  for (let sequence = 0; sequence < 2 * WORKERS; sequence += 1)
    expect(await ask(`/send/${id}/${sequence}`, sequence === 0 ? "\x03" : "\0")).toMatch(/^HTTP\/1.1 200 OK/);
  expect(await ask(`/close/${id}`)).toMatch(/^HTTP\/1.1 200 OK/);
  for (let i = 0; i < WORKERS; i += 1) expect(await ask(`/idle/${id}/${99 + i}`)).toMatch(/^HTTP\/1.1 404 /);
}, 90_000);

test("a session whose worker is killed while it is asked is 404 everywhere, and others live on", async () => {
  const ids = await Promise.all(Array.from({ length: 2 * WORKERS }, openTunnel));
  for (const id of ids) expect(await ask(`/send/${id}/0`, "\x03")).toMatch(/^HTTP\/1.1 200/);
  const asked = ids.map((id) => ask(`/idle/${id}/1`));
  process.kill(workersOf(server)[0]!, "SIGKILL");
  // Those whose own connection was the worker's have no answer.
  await Promise.allSettled(asked);
  await vi.waitFor(() => expect(workersOf(server).length).toBe(WORKERS), WAIT);
  // Those that the dead worker had not passed on come again, as a proxy sends them.
  const askAgain = async (id: string): Promise<string> => {
    await ask(`/idle/${id}/1`);
    return ask(`/idle/${id}/2`);
  };
  const replies = await Promise.all(ids.map(askAgain));
  const [lost, found] = [404, 200].map((status) =>
    ids.filter((_, index) => replies[index]!.startsWith(`HTTP/1.1 ${status}`)),
  );
  // An id begins with its worker's.
  const prefixesOf = (some: readonly string[]): Set<string> => new Set(some.map((id) => id.slice(0, -25)));
  expect(lost!.length + found!.length).toBe(ids.length);
  expect([prefixesOf(lost!).size, prefixesOf(found!).size]).toEqual([1, WORKERS - 1]);
}, 60_000);

test("workers that die while they are told of streams take nobody with them", async () => {
  let isOver = false;
  const publishing = Array.from({ length: 4 }, async (_, index) => {
    for (let i = 0; !isOver; i += 1) {
      const peers = Array.from({ length: 5 }, (__, number) => publish(`${index}-${i}-${number}`));
      await sleep(20);
      for (const peer of peers) peer.close();
    }
  });
  for (let round = 0; round < 6; round += 1) {
    await vi.waitFor(() => expect(workersOf(server).length).toBe(WORKERS), WAIT);
    const victim = workersOf(server)[round % WORKERS]!;
    // What it is told meanwhile is on its way when it dies.
    process.kill(victim, "SIGSTOP");
    await sleep(200);
    process.kill(victim, "SIGKILL");
    await sleep(200);
  }
  isOver = true;
  await Promise.all(publishing);
  await vi.waitFor(() => expect(workersOf(server).length).toBe(WORKERS), WAIT);
  await expect.poll(() => server.metric("headgate_connections"), WAIT).toBe(0);
}, 60_000);

test("the admin server answers for the others while a worker hangs", async () => {
  const victim = workersOf(server)[1]!;
  process.kill(victim, "SIGSTOP");
  try {
    expect(await server.metric("headgate_connections")).toBe(0);
    expect((await server.relays()).proxiedSessions).toBe(0);
  } finally {
    process.kill(victim, "SIGCONT");
  }
}, 90_000);

test("a worker that hangs does not outlive its server", async () => {
  const other = await start();
  const [victim] = workersOf(other) as [number];
  process.kill(victim, "SIGSTOP");
  await other.stop();
  await vi.waitFor(() => expect(() => process.kill(victim, 0)).toThrow("ESRCH"), WAIT);
}, 60_000);
