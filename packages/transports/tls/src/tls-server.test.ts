import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { writeCertificate } from "./certificates.test.helper.ts";
import { MAX_HANDSHAKES_PER_ADDRESS } from "./handshake-turns.ts";
import { closeAll, closed, dial, FAULTS, keep, listen, start } from "./running.test.helper.ts";
import { TlsServer } from "./tls-server.ts";

afterAll(closeAll);

function commonName(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN);
}

async function certificateFor(port: number, servername?: string): Promise<string> {
  const socket = await dial(port, servername === undefined ? {} : { servername });
  const name = commonName(socket);
  socket.destroy();
  return name;
}

test("a client gets the certificate for the name it asks for, and else the first", async () => {
  const certificates = [writeCertificate("first"), writeCertificate("wide", { names: ["*.wide.example"] })];
  const { port } = await start(certificates);
  expect(await certificateFor(port)).toBe("first");
  expect(await certificateFor(port, "x.wide.example")).toBe("wide");
  expect(await certificateFor(port, "first.example")).toBe("first");
  expect(await certificateFor(port, "other.example")).toBe("first");
});

test("the versions of TLS are those asked for", async () => {
  const certificates = [writeCertificate("versions")];
  const usual = await start(certificates);
  expect((await dial(usual.port)).getProtocol()).toBe("TLSv1.3");
  expect((await dial(usual.port, { maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
  const old: ConnectionOptions = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" };
  await expect(dial(usual.port, old)).rejects.toThrow();
  const { port } = await start(certificates, { minVersion: "TLSv1", maxVersion: "TLSv1.2" });
  expect((await dial(port)).getProtocol()).toBe("TLSv1.2");
  expect((await dial(port, old)).getProtocol()).toBe("TLSv1");
});

test.each([
  [
    "as many",
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
    "TLS_AES_128_GCM_SHA256",
  ],
  ["without AES", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
  ["that insists", "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"],
])("the cipher of a client %s is the cheapest that suits it", async (_, ciphers, chosen) => {
  const { port } = await start([writeCertificate("ciphers")]);
  const { name } = (await dial(port, { ciphers })).getCipher();
  expect(name).toBe(chosen);
});

test("only where old versions are allowed may a client encipher with the server's key", async () => {
  const certificates = [writeCertificate("exchange")];
  const rsa: ConnectionOptions = { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" };
  const usual = await start(certificates);
  await expect(dial(usual.port, rsa)).rejects.toThrow();
  expect((await dial(usual.port, { maxVersion: "TLSv1.2" })).getEphemeralKeyInfo()).toMatchObject({
    type: "ECDH",
  });
  const { port } = await start(certificates, { minVersion: "TLSv1.1" });
  expect((await dial(port, rsa)).getCipher().name).toBe("AES128-GCM-SHA256");
});

test("a client like librtmp gets TLS 1.2, and others TLS 1.3", async () => {
  const certificates = [writeCertificate("librtmp")];
  const gnuTls: ConnectionOptions = { ciphers: "TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256:DEFAULT" };
  const { port } = await start(certificates);
  expect((await dial(port, gnuTls)).getProtocol()).toBe("TLSv1.2");
  expect((await dial(port, { ...gnuTls, servername: "librtmp.example" })).getProtocol()).toBe("TLSv1.3");
  expect((await dial(port)).getProtocol()).toBe("TLSv1.3");
  const newest = await start(certificates, { minVersion: "TLSv1.3" });
  expect((await dial(newest.port, gnuTls)).getProtocol()).toBe("TLSv1.3");
});

test("a new certificate is for new connections, and those there are go on", async () => {
  const certificates = [writeCertificate("stays"), writeCertificate("renewed", { names: ["old.example"] })];
  const { tls, port } = await start(certificates);
  const live = await dial(port, { servername: "old.example" });
  writeCertificate("renewed", { names: ["new.example"] });
  expect(tls.reload()).toEqual([]);
  expect(await certificateFor(port, "new.example")).toBe("renewed");
  expect(await certificateFor(port, "old.example")).toBe("stays");
  live.write("still here");
  expect(String((await once(live, "data"))[0])).toBe("still here");
});

test("of a pair that cannot be used the old one stays, and the others are renewed", async () => {
  const certificates = [writeCertificate("kept"), writeCertificate("other", { names: ["before.example"] })];
  const { tls, port } = await start(certificates);
  writeCertificate("kept", { fromDays: -3, toDays: -1 });
  writeCertificate("other", { names: ["after.example"] });
  const [expiry] = tls.expiries;
  expect(tls.reload()).toEqual([expect.stringMatching(/kept\.crt expired on /)]);
  expect(tls.expiries[0]).toEqual(expiry);
  expect(expiry?.expiresMs).toBeGreaterThan(Date.now());
  expect(await certificateFor(port)).toBe("kept");
  expect(await certificateFor(port, "after.example")).toBe("other");
  const live = await dial(port, { servername: "kept.example" });
  expect(Date.parse(live.getPeerCertificate().valid_to)).toBeGreaterThan(Date.now());
});

test("at the start every pair that cannot be used is told", () => {
  const certificates = [
    writeCertificate("late", { fromDays: -3, toDays: -1 }),
    { cert: "nowhere.crt", key: "nowhere.key" },
  ];
  const create = () =>
    new TlsServer({
      certificates,
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      handshakeMs: 1_000,
      faults: FAULTS,
    });
  expect(create).toThrow(/late\.crt expired on .*\nnowhere\.crt cannot be read: there is no such file$/);
});

test("whatever is no TLS handshake ends that connection with a code, and no other", async () => {
  const { port, outcomes } = await start([writeCertificate("strict")]);
  const bytes = [
    Buffer.from("16030100050100000100", "hex"),
    Buffer.from("1603010200ffffffffffff", "hex"),
    Buffer.concat([Buffer.from("160301ffff", "hex"), Buffer.alloc(70_000, 1)]),
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
  ];
  for (const [index, beginning] of bytes.entries()) {
    const socket = keep(connectTcp(port, "127.0.0.1"));
    socket.write(beginning);
    if (index < 2) socket.end();
    await closed(socket);
  }
  await expect.poll(() => outcomes.length).toBe(bytes.length);
  for (const outcome of outcomes)
    expect(outcome).toMatch(/^TLS_HANDSHAKE_FAILED: the TLS handshake failed: ./);
  expect(await certificateFor(port)).toBe("strict");
});

test("half a ClientHello has the time of a handshake and no more", async () => {
  const { port, outcomes } = await start([writeCertificate("patient")], { handshakeMs: 50 });
  const socket = keep(connectTcp(port, "127.0.0.1"));
  socket.write(Buffer.from("16030102000100", "hex"));
  await closed(socket);
  await expect
    .poll(() => outcomes)
    .toEqual(["TLS_HANDSHAKE_FAILED: the TLS handshake failed: it takes too long"]);
});

test("bytes that were read of the socket and put back are not lost", async () => {
  const { cert, key } = writeCertificate("sniffed");
  const options = {
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    handshakeMs: 5_000,
    faults: FAULTS,
  } as const;
  const tls = new TlsServer({ certificates: [{ cert, key }], ...options });
  const port = await listen((socket) => {
    socket.once("readable", () => {
      socket.unshift(socket.read());
      void tls.secure(socket, "127.0.0.1", () => {}).then((secured) => secured.pipe(secured));
    });
  });
  const client = await dial(port);
  client.write("hello");
  expect(String((await once(client, "data"))[0])).toBe("hello");
});

test("silent clients in numbers are all ended, and then others are served", async () => {
  const { port, outcomes, open } = await start([writeCertificate("crowded")], { handshakeMs: 300 });
  const silent = 3 * MAX_HANDSHAKES_PER_ADDRESS;
  for (let count = 0; count < silent; count += 1) {
    const socket = keep(connectTcp(port, "127.0.0.1"));
    socket.on("error", () => {}).resume();
    socket.write(Buffer.from("16030102000100", "hex"));
  }
  await expect.poll(() => outcomes.length, { timeout: 10_000 }).toBe(silent);
  for (const outcome of outcomes) expect(outcome).toMatch(/^TLS_HANDSHAKE_FAILED: /);
  expect(open()).toBe(0);
  expect(await certificateFor(port)).toBe("crowded");
});
