import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSecureContext, TLSSocket } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import {
  APPLICATION_DATA,
  type ForgingPeer,
  HANDSHAKE,
  listenForging,
  type RecordForge,
} from "./record-forge.test.helper.ts";
import { closeAll, closed, FAULTS, keep, listen } from "./running.test.helper.ts";
import { TlsClient } from "./tls-client.ts";

afterAll(closeAll);

const tls = new TlsClient(FAULTS);

/** A connection to a server of TLS 1.3 that writes records of its own making. */
async function connected(): Promise<{ readonly secured: Socket; readonly server: ForgingPeer }> {
  let onShaken: (server: ForgingPeer) => void;
  const shaken = new Promise<ForgingPeer>((resolve) => {
    onShaken = resolve;
  });
  const port = await listenForging(writeCertificate("hostile"), (server) => onShaken(server));
  return { secured: await dialTls(port), server: await shaken };
}

async function dialTls(port: number): Promise<Socket> {
  const socket = keep(connectTcp(port, "127.0.0.1"));
  socket.on("error", () => {});
  await once(socket, "connect");
  const trustWords = { ca: "", insecure: "" };
  const options = { host: "127.0.0.1", ca: undefined, insecure: true, trustWords, timeoutMs: 10_000 };
  return keep(await tls.secure(socket, options));
}

/** Why a connection ended. */
async function endOf(secured: Socket): Promise<string | undefined> {
  let reason: string | undefined;
  secured.on("error", ({ message }) => {
    reason = message;
  });
  await closed(secured);
  return reason;
}

/** NewSessionTicket, as short as it can be (RFC 8446 §4.6.1). */
const TICKET = Buffer.of(4, 0, 0, 14, 0, 0, 14, 16, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0);

const FLOODS: readonly (readonly [string, number, (forge: RecordForge) => Buffer, string])[] = [
  ["KeyUpdates", 1_000, (forge) => forge.keyUpdate(false), "too many KeyUpdates"],
  ["KeyUpdates that want answers", 1_000, (forge) => forge.keyUpdate(true), "too many KeyUpdates"],
  ["session tickets", 1_000, (forge) => forge.record(HANDSHAKE, TICKET), "too many session tickets"],
  [
    "session tickets, many in a record",
    4,
    (forge) => forge.record(HANDSHAKE, Buffer.concat(new Array(800).fill(TICKET))),
    "too many session tickets",
  ],
  [
    "records of a byte",
    20_000,
    (forge) => forge.record(APPLICATION_DATA, Buffer.of(7)),
    "too many small records",
  ],
];

test.each(FLOODS)("a server's flood of %s ends the connection", async (_, count, make, reason) => {
  const { secured, server } = await connected();
  const end = endOf(secured);
  server.carrier.write(Buffer.concat(Array.from({ length: count }, () => make(server.forge))));
  expect(await end).toBe(`TLS was broken after the handshake: ${reason}`);
});

test("a server may update its keys now and then, and send short records among long ones", async () => {
  const { secured, server } = await connected();
  let received = 0;
  secured.on("data", ({ length }) => {
    received += length;
  });
  for (let update = 0; update < 100; update += 1) {
    server.carrier.write(server.forge.keyUpdate(update % 2 === 0));
    for (const length of [1, 64, 1_000])
      server.carrier.write(server.forge.record(APPLICATION_DATA, Buffer.alloc(length, 7)));
    await nextTurn();
  }
  await expect.poll(() => received).toBe(100 * 1_065);
  expect(secured.destroyed).toBe(false);
});

test("a server of TLS 1.2 that asks for another handshake ends the connection", async () => {
  const { cert, key } = writeCertificate("renegotiating");
  const secureContext = createSecureContext({
    cert: readFileSync(cert),
    key: readFileSync(key),
    maxVersion: "TLSv1.2",
  });
  const port = await listen((socket) => {
    const server = new TLSSocket(socket, { isServer: true, secureContext });
    server.on("error", () => {}).resume();
    server.once("secure", () => server.renegotiate({ rejectUnauthorized: false }, () => {}));
  });
  expect(await endOf(await dialTls(port))).toBe(
    "TLS was broken after the handshake: renegotiation is not allowed",
  );
});

test("a server with a certificate so long that its tickets could not be counted is not connected to", async () => {
  const names = Array.from({ length: 300 }, (_, index) => `${index}.a-long-name-of-a-host.example`);
  const port = await listenForging(writeCertificate("long", { names }), () => {});
  await expect(dialTls(port)).rejects.toMatchObject({
    code: "TLS_FAILED",
    message: "127.0.0.1: its certificate is too long",
  });
});
