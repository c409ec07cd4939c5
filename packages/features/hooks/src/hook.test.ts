import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it, test } from "vitest";
import { TestHook } from "./hook.test.helper.ts";
import { hookCall, streamFacts } from "./hook-call.test.helper.ts";
import { allow, Receiver, status } from "./receiver.test.helper.ts";

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function receiver(...options: Parameters<typeof Receiver.start>): Promise<Receiver> {
  const started = await Receiver.start(...options);
  stops.push(() => started.stop());
  return started;
}

function hookAt(url: string, written: object = {}): TestHook {
  const made = new TestHook({ url, dialect: "srs", ...written });
  stops.push(() => made.servers.destroy());
  return made;
}

/** A server that answers each connection with bytes of its own. */
async function rawServer(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`;
}

const ask = ({ hook }: TestHook, call = hookCall("publish")) => hook.ask(call, new AbortController().signal);

function publishFrom(remoteAddress: string): ReturnType<typeof hookCall> {
  const call = hookCall("publish");
  return { ...call, session: { ...call.session, remoteAddress } };
}

describe("a hook that answers", () => {
  it("allows, over connections that are used again", async () => {
    const server = await receiver();
    const hook = hookAt(server.url);
    for (let i = 0; i < 5; i += 1) expect(await ask(hook)).toEqual({ kind: "allow", grant: {} });
    // undici may open a second one before the first is free.
    expect(server.connections).toBeLessThan(3);
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual(
      new Array(5).fill("POST /hook"),
    );
    expect(hook.hook.counts).toMatchObject({ requests: 5, denied: 0, failed: 0 });
  });

  it("denies, and the log says once what it has answered", async () => {
    const server = await receiver(status(403, "the password of the database is swordfish"));
    const hook = hookAt(server.url);
    expect(await ask(hook)).toEqual({ kind: "deny", reason: "HOOK_DENIED" });
    expect(hook.log).toHaveLength(1);
    expect(hook.log[0]).toMatchObject({
      msg: "hook refused",
      hook: new URL(server.url).origin,
      event: "publish",
      session: "0123456789ab",
      stream: "live/cam",
      status: 403,
      elapsedMs: expect.any(Number),
    });
    expect(hook.logText).not.toContain("swordfish");
  });

  it("does not lead to another place", async () => {
    const other = await receiver();
    const server = await receiver(status(307, "", { location: other.url }));
    expect(await ask(hookAt(server.url))).toEqual({ kind: "deny", reason: "HOOK_DENIED" });
    expect(other.received).toEqual([]);
  });

  it("gets user, signature and trace, and the query that its URL has", async () => {
    const server = await receiver();
    const url = `${server.url.replace("127.", "me:s3%40cret@127.")}?tenant=1`;
    await ask(hookAt(url, { secret: "sw0rdfish" }));
    const [request] = server.received;
    expect(request?.url).toBe("/hook?tenant=1");
    expect(request?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("me:s3@cret").toString("base64")}`,
      "content-type": "application/json",
      traceparent: expect.stringMatching(/^00-00000000aabbccddeeff0123456789ab-[0-9a-f]{16}-01$/),
      "x-headgate-signature": expect.stringMatching(/^t=1740562218,v1=[0-9a-f]{64}$/),
    });
  });

  it("is asked by GET where nginx-rtmp does so, with its own query in front", async () => {
    const server = await receiver();
    await ask(hookAt(`${server.url}?tenant=1`, { dialect: "nginx-rtmp" }), hookCall("connect"));
    const [request] = server.received;
    expect(request).toMatchObject({ method: "GET", body: "" });
    expect(request?.url).toMatch(/^\/hook\?tenant=1&app=live&flashver=.*&call=connect$/);
  });
});

describe("a hook that does not answer", () => {
  it("is dead: the request is refused, or allowed if that is configured", async () => {
    const gone = await receiver();
    await gone.stop();
    stops.pop();
    const hook = hookAt(gone.url);
    expect(await ask(hook)).toEqual({ kind: "deny", reason: "HOOK_FAILED" });
    expect(hook.log[0]).toMatchObject({ reason: "unreachable", answer: "ECONNREFUSED" });
    const lenient = hookAt(gone.url, { onFailure: "allow" });
    expect(await ask(lenient)).toEqual({ kind: "allow", grant: {} });
    expect(lenient.log[0]?.msg).toBe("hook failed, so the request is allowed");
  });

  it("is slow: its time counts", async () => {
    const server = await receiver(() => {});
    const hook = hookAt(server.url, { timeout: "100ms" });
    expect(await ask(hook)).toEqual({ kind: "deny", reason: "HOOK_FAILED" });
    expect(hook.log[0]).toMatchObject({ reason: "timed out" });
    expect(server.received).toHaveLength(1);
  });

  it("breaks the connection: it is asked once more, and not a third time", async () => {
    const server = await receiver((_, response) => {
      if (server.received.length < 2) response.destroy();
      else allow(_, response);
    });
    expect(await ask(hookAt(server.url))).toEqual({ kind: "allow", grant: {} });
    const stubborn = await receiver((_, response) => response.destroy());
    expect(await ask(hookAt(stubborn.url))).toEqual({ kind: "deny", reason: "HOOK_FAILED" });
    expect(stubborn.received).toHaveLength(2);
  });

  it("fails with a status: it is not asked again", async () => {
    const server = await receiver(status(503, '{"code":0}'));
    const hook = hookAt(server.url);
    expect(await ask(hook)).toEqual({ kind: "deny", reason: "HOOK_FAILED" });
    expect(hook.log[0]).toMatchObject({ reason: "status", status: 503 });
    expect(server.received).toHaveLength(1);
  });

  it("is left alone after five questions in a row without an answer", async () => {
    let nowMs = 0;
    const server = await receiver((_, response) => response.destroy());
    const hook = new TestHook({ url: server.url, dialect: "srs" }, () => nowMs);
    stops.push(() => hook.servers.destroy());
    for (let i = 0; i < 8; i += 1) await ask(hook, publishFrom(`192.0.2.${i}`));
    expect(server.received).toHaveLength(10);
    expect(hook.log.at(-1)).toMatchObject({ reason: "circuit open" });
    expect(hook.hook.server.isCircuitOpen).toBe(true);
    server.answer = allow;
    nowMs = 6_000;
    expect(await ask(hook)).toEqual({ kind: "allow", grant: {} });
    expect(await ask(hook)).toEqual({ kind: "allow", grant: {} });
    expect(hook.hook.server.isCircuitOpen).toBe(false);
  });

  it.each<[string, Parameters<typeof receiver>[0]]>([
    ["fails with a status", status(500)],
    ["breaks the connection", (_, response) => response.destroy()],
    ["answers rubbish", (_, response) => response.end("<p/>")],
    ["does not answer", () => {}],
  ])("that %s at what one client asks goes on for others", async (_, answer) => {
    const server = await receiver((request, response) =>
      request.body.includes("192.0.2.1") ? answer!(request, response) : allow(request, response),
    );
    const hook = hookAt(server.url, { timeout: "100ms" });
    for (let i = 0; i < 6; i += 1)
      expect(await ask(hook, publishFrom("192.0.2.1"))).toMatchObject({ kind: "deny" });
    server.answer = allow;
    expect(await ask(hook, publishFrom("192.0.2.2"))).toMatchObject({ kind: "allow" });
  });

  it("cannot be reached: it is left alone, whoever asks", async () => {
    const gone = await receiver();
    await gone.stop();
    stops.pop();
    const hook = hookAt(gone.url);
    for (let i = 0; i < 6; i += 1) await ask(hook);
    expect(hook.log.at(-1)).toMatchObject({ reason: "circuit open" });
  });

  it("is not left alone because it cannot read reports", async () => {
    const server = await receiver(status(500));
    const hook = hookAt(server.url);
    for (let i = 0; i < 6; i += 1) expect(await hook.hook.tell(hookCall("unpublish"))).toBe("again");
    expect(hook.hook.server.isCircuitOpen).toBe(false);
  });
});

describe("a hook that answers rubbish", () => {
  const HEAD = "HTTP/1.1 200 OK\r\n";

  test.each<[string, (socket: Socket) => void]>([
    ["no JSON", (socket) => socket.end(`${HEAD}Content-Length: 4\r\n\r\n<p/>`)],
    ["10 MiB", (socket) => socket.end(`${HEAD}\r\n${"x".repeat(10 * 1024 * 1024)}`)],
    ["a head without end", (socket) => socket.write(`${HEAD}${"X: y\r\n".repeat(20_000)}`)],
    ["half a header", (socket) => socket.write(`${HEAD}Content-Len`)],
    ["half a body", (socket) => socket.write(`${HEAD}Content-Length: 10\r\n\r\n{"code`)],
    ["no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
    ["two lengths", (socket) => socket.end(`${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n0`)],
    ["nothing, and ends", (socket) => socket.end()],
    ["a continuation for ever", (socket) => socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(100))],
    [
      "bytes for ever",
      (socket) => {
        socket.write(`${HEAD}\r\n`);
        const timer = setInterval(() => socket.write("x"), 5);
        socket.on("close", () => clearInterval(timer));
      },
    ],
  ])("%s", async (_, answer) => {
    const hook = hookAt(await rawServer(answer), { timeout: "300ms" });
    expect(await ask(hook)).toEqual({ kind: "deny", reason: "HOOK_FAILED" });
    expect(hook.faults).toEqual([]);
    expect(hook.log).toHaveLength(1);
  });
});

describe("what was allowed", () => {
  it("is kept for the time of `cache`, for the same request of the same address", async () => {
    let nowMs = 0;
    const server = await receiver();
    const hook = new TestHook({ url: server.url, dialect: "headgate", cache: "30s" }, () => nowMs);
    stops.push(() => hook.servers.destroy());
    const call = hookCall("play");
    const other = { ...call, session: { ...call.session, id: "ba9876543210", remotePort: 9 }, seq: 5 };
    await ask(hook, call);
    await ask(hook, other);
    expect(server.received).toHaveLength(1);
    await ask(hook, { ...other, session: { ...other.session, remoteAddress: "192.0.2.8" } });
    await ask(hook, hookCall("play", { stream: streamFacts({ query: "key=other" }) }));
    expect(server.received).toHaveLength(3);
    nowMs = 30_001;
    await ask(hook, call);
    expect(server.received).toHaveLength(4);
    expect(hook.hook.counts.cached).toBe(1);
  });

  it("is not kept if it was denied", async () => {
    const server = await receiver(status(403));
    const hook = hookAt(server.url, { cache: "30s" });
    await ask(hook);
    await ask(hook);
    expect(server.received).toHaveLength(2);
  });
});

test("neither queries nor secrets are in the log, whatever happens", async () => {
  const server = await receiver(status(500, "s3cret"));
  const hook = hookAt(`${server.url.replace("127.", "me:s3cret@127.")}?token=s3cret`, { secret: "s3cret" });
  await ask(hook);
  await server.stop();
  stops.splice(0, 1);
  await ask(hook);
  await hook.hook.tell(hookCall("unpublish"));
  expect(hook.log.length).toBeGreaterThan(1);
  expect(hook.logText).not.toContain("s3cret");
  expect(JSON.stringify(hook.hook.options.url)).not.toContain("s3cret");
});
