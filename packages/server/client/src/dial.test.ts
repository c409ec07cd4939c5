import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputMemory, Turns } from "@headgate/driver";
import { RtmpUrl } from "@headgate/session";
import type { DialError, Faults } from "@headgate/transport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDial, type DialOptions } from "./dial.ts";

/** A fault ends the test run. */
const FAULTS: Faults = { report: (_, error) => fail(error), unrecoverable: fail };

const OPTIONS: DialOptions = {
  caFile: undefined,
  insecure: false,
  trustWords: { ca: "--ca FILE", insecure: "--insecure" },
  timeoutMs: 150,
  environment: {},
  driver: { faults: FAULTS, inputMemory: new InputMemory(1024 * 1024), turns: new Turns(FAULTS) },
};
const CLIENT = { remoteAddress: "192.0.2.7", remotePort: 50_000 };

let folder: string;
let uncaught: unknown[];
const onUncaught = (error: unknown) => uncaught.push(error);
const ends: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-dial-"));
  uncaught = [];
  process.on("uncaughtException", onUncaught);
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
  process.off("uncaughtException", onUncaught);
  rmSync(folder, { recursive: true });
});

/** A server that does this with every connection, and how many are open. */
async function listen(onSocket: (socket: Socket) => void) {
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { port, open, accepted: () => accepted };
}

const reading = (socket: Socket): void => void socket.resume();
const readingLate = (socket: Socket): void => void setTimeout(reading, 400, socket);
const resetting = (socket: Socket): void => void socket.resetAndDestroy();
const resettingLater = (socket: Socket): void =>
  void socket.once("data", () => setTimeout(() => socket.resetAndDestroy(), 20));
const answering = (text: string) => (socket: Socket) => void socket.on("data", () => socket.write(text));

describe("a server that does not answer", () => {
  it("is dialled so many times at once, and again once one has failed", async () => {
    const { port, accepted } = await listen(reading);
    const other = await listen(reading);
    const dial = createDial({ ...OPTIONS, maxPending: 2 });
    const pending = [dial(url("rtmps", port)), dial(url("rtmps", port))];
    const ended = Promise.allSettled(pending);
    await expect(dial(url("rtmps", port))).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
    (await dial(url("rtmp", other.port))).destroy();
    await ended;
    await expect(dial(url("rtmps", port))).rejects.toMatchObject({ code: "TLS_FAILED" });
    expect(accepted()).toBe(3);
  });
});

describe("a CA that cannot be read", () => {
  it("when it is dialled fails before there is a connection", async () => {
    const { port, accepted } = await listen(reading);
    const caFile = join(folder, "ca.pem");
    writeFileSync(caFile, "soon gone");
    const dial = createDial({ ...OPTIONS, caFile });
    rmSync(caFile);
    for (const scheme of ["rtmps", "rtmpts"])
      await expect(dial(url(scheme, port))).rejects.toMatchObject({ name: "DialError" });
    expect(accepted()).toBe(0);
  });

  it("because it is no file is not waited for", async () => {
    const { port } = await listen(reading);
    await expect(createDial({ ...OPTIONS, caFile: "/dev/null" })(url("rtmps", port))).rejects.toMatchObject({
      code: "CERTIFICATE_NOT_TRUSTED",
      message: expect.stringContaining("it is not a regular file"),
    });
  });

  it("does not matter where there is no TLS", async () => {
    const { port } = await listen(reading);
    const link = await createDial({ ...OPTIONS, caFile: join(folder, "none") })(url("rtmp", port));
    link.destroy();
  });
});

it("an error names the proxy through which the server was not reached, and the variable that names it", async () => {
  const { port } = await listen(answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
  const environment = { https_proxy: `http://me:secret@127.0.0.1:${port}` };
  const dialled = createDial({ ...OPTIONS, timeoutMs: 5_000, environment })(url("rtmps", 1));
  const where = `(through the HTTP proxy 127.0.0.1:${port} of https_proxy)`;
  await expect(dialled).rejects.toMatchObject({
    code: "PROXY_REFUSED",
    message: expect.stringContaining(where),
  });
});

describe("a server that", () => {
  const PATHS = [
    ["rtmp", {}],
    ["rtmps", {}],
    ["rtmpt", {}],
    ["rtmpts", {}],
    ["rtmpt", { http_proxy: "http://127.0.0.1:PORT" }],
    ["rtmps", { https_proxy: "http://127.0.0.1:PORT" }],
  ] as const;

  const WAYS = [
    ["resets at once", resetting],
    ["resets after it was spoken to", resettingLater],
    ["ends", (socket: Socket) => void socket.resume().end()],
    ["reads and says nothing", reading],
    ["does not even read", readingLate],
    ["speaks another protocol", answering("SSH-2.0-server\r\n")],
    ["refuses", answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")],
    ["grants a tunnel and says no more", answering("HTTP/1.1 200 OK\r\n\r\n")],
    ["answers byte by byte, without end", (socket: Socket) => void trickle(socket)],
  ] as const;

  const cases = PATHS.flatMap(([scheme, environment]) =>
    WAYS.map(([way, onSocket]) => ({ scheme, environment, way, onSocket })),
  );

  it.each(cases)("$way leaves no socket open over $scheme $environment", async (given) => {
    const { port, open } = await listen(given.onSocket);
    const environment = Object.fromEntries(
      Object.entries(given.environment).map(([name, value]) => [name, value.replace("PORT", String(port))]),
    );
    const dial = createDial({ ...OPTIONS, environment });
    const outcome = await dial(url(given.scheme, port), CLIENT).catch((error: DialError) => error.name);
    if (typeof outcome === "string") expect(outcome).toBe("DialError");
    else outcome.destroy();
    await expect.poll(() => open.size, { timeout: 5_000 }).toBe(0);
    expect(uncaught).toEqual([]);
  });
});

function fail(error: unknown): never {
  throw error;
}

function url(scheme: string, port: number): RtmpUrl {
  return RtmpUrl.parse(`${scheme}://127.0.0.1:${port}/live/cam`)!;
}

/** A reply whose head never ends. */
function trickle(socket: Socket): void {
  socket.resume();
  socket.write("HTTP/1.1 200 OK\r\nX: ");
  const timer = setInterval(() => socket.write("x"), 20);
  socket.once("close", () => clearInterval(timer));
}
