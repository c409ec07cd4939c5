import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { type ConnectionOptions, TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import { closeAll, dial, FAULTS, listen } from "./running.test.helper.ts";
import { TlsServer } from "./tls-server.ts";

afterAll(closeAll);

const server = writeCertificate("asking");
/** Signed by itself, so that it is its own authority. */
const known = writeCertificate("known");
const stranger = writeCertificate("stranger");

let tls: TlsServer;
let port: number;
const seen: { name: string | undefined; authorized: boolean }[] = [];

beforeAll(async () => {
  tls = new TlsServer({
    certificates: [server],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    handshakeMs: 5_000,
    clientCa: known.cert,
    faults: FAULTS,
  });
  port = await listen((socket) => void tls.secure(socket, "127.0.0.1", () => {}).then(note, () => {}));
});

function note(secured: Socket): void {
  if (!(secured instanceof TLSSocket)) throw new Error("it has no TLS");
  const name = secured.getPeerCertificate().subject?.CN;
  seen.push({ name: name === undefined ? undefined : String(name), authorized: secured.authorized });
  secured.end("hello");
}

const shown = ({ cert, key }: typeof known) => ({ cert: readFileSync(cert), key: readFileSync(key) });

async function seenOf(options: ConnectionOptions): Promise<(typeof seen)[number] | undefined> {
  seen.length = 0;
  await dial(port, options);
  await expect.poll(() => seen.length).toBe(1);
  return seen[0];
}

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "over %s a client's certificate is asked for, and judged",
  async (maxVersion) => {
    expect(await seenOf({ ...shown(known), maxVersion })).toEqual({ name: "known", authorized: true });
    expect(await seenOf({ ...shown(stranger), maxVersion })).toEqual({ name: "stranger", authorized: false });
    expect(await seenOf({ maxVersion })).toEqual({ name: undefined, authorized: false });
  },
);

test.each(["TLSv1.2", "TLSv1.3"] as const)("over %s no session is resumed", async (maxVersion) => {
  const first = await dial(port, { ...shown(known), maxVersion });
  const session = new Promise<Buffer | undefined>((resolve) => {
    first
      .once("session", resolve)
      .once("close", () => resolve(first.getSession()))
      .resume();
  });
  const again = await dial(port, { ...shown(known), maxVersion, session: (await session)! });
  expect(again.isSessionReused()).toBe(false);
});

test("the authorities are read again with the certificate", async () => {
  expect(tls.files).toEqual([server.cert, server.key, known.cert]);
  const other = writeCertificate("known");
  expect(tls.reload()).toEqual([]);
  expect(await seenOf(shown(other))).toEqual({ name: "known", authorized: true });
});

test("a file without authorities is told at the start", () => {
  const options = {
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    handshakeMs: 5_000,
    faults: FAULTS,
  } as const;
  const create = () => new TlsServer({ certificates: [server], ...options, clientCa: server.key });
  expect(create).toThrow(/asking\.key is no certificate in PEM form/);
});
