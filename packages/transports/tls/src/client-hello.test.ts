import { once } from "node:events";
import { createConnection } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { readClientHello } from "./client-hello.ts";
import { closeAll, keep, listen } from "./running.test.helper.ts";

afterAll(closeAll);

/** Of rtmpdump 2.4 in Debian 12, with GnuTLS 3.7. */
const RTMPDUMP: Buffer = Buffer.from(
  [
    "16030101700100016c0303d6c666cccee2cba4bb1ef7b204caa9fb5ff4f718b4c8083d308671ce63f35bd120a5c737b8",
    "84cd5f02155138078252b137952373c456c19d8d80a54d5ee761e4bd003a1302130313011304c02ccca9c0adc00ac02b",
    "c0acc009c030cca8c014c02fc013009dc09d0035009cc09c002f009fccaac09f0039009ec09e0033010000e900050005",
    "0100000000000a00160014001700180019001d001e01000101010201030104000b00020100000d002200200401080908",
    "04040308070501080a0805050308080601080b08060603020102030016000000170000002300000033006b0069001700",
    "41046cf84a4bdd3e674b11065b99d707f924544de89acc923b0e13ecfec0800bd9ada69b043eb620f670ce76348bb935",
    "c567ed2865f0b35edbb6c6d5ecdb6de93bf4001d00201460d0ae3420077baae82a0cad41b560f049827cf86cdafe131e",
    "8e17c15da32c002b0009080304030303020301ff01000100002d0003020100001c00024001",
  ].join(""),
  "hex",
);

/** What a client of Node's says first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const hellos: Buffer[] = [];
  const port = await listen((socket) => socket.once("data", (bytes) => hellos.push(bytes)));
  const carrier = keep(createConnection(port, "127.0.0.1"));
  await once(carrier, "connect");
  keep(connect({ socket: carrier, ...options })).on("error", () => {});
  await expect.poll(() => hellos.length).toBe(1);
  return hellos[0] as Buffer;
}

test("a client says which host it asks for, or none", async () => {
  const named = await helloOf({ servername: "a.example" });
  expect(readClientHello(named)).toEqual({ serverName: "a.example", isGnuTls: false, isAcme: false });
  const unnamed = await helloOf({ maxVersion: "TLSv1.2" });
  expect(readClientHello(unnamed)).toEqual({ serverName: undefined, isGnuTls: false, isAcme: false });
});

test.each([
  [["acme-tls/1"], true],
  [["h2", "acme-tls/1"], false],
  [["acme-tls/2"], false],
  [["http/1.1"], false],
])("a client that offers %j comes for ACME: %s", async (ALPNProtocols, isAcme) => {
  const hello = await helloOf({ servername: "a.example", ALPNProtocols });
  expect(readClientHello(hello)).toEqual({ serverName: "a.example", isGnuTls: false, isAcme });
});

test("rtmpdump is known by its library, and names no host", () => {
  expect(readClientHello(RTMPDUMP)).toEqual({ serverName: undefined, isGnuTls: true, isAcme: false });
});

test("what follows the record does not count", () => {
  expect(readClientHello(Buffer.concat([RTMPDUMP, Buffer.alloc(64, 1)]))?.isGnuTls).toBe(true);
});

test("a name that could not be one is none", async () => {
  const hello = await helloOf({ servername: "a.example" });
  hello[hello.indexOf("a.example")] = 0;
  expect(readClientHello(hello)?.serverName).toBeUndefined();
});

test("half a ClientHello, another message and rubbish say nothing", async () => {
  const hello = await helloOf({ servername: "a.example" });
  for (let length = 0; length < hello.length; length += 1) {
    expect(readClientHello(hello.subarray(0, length))).toBeUndefined();
  }
  expect(readClientHello(Buffer.from("160303000402000000", "hex"))).toBeUndefined();
  for (let at = 5; at < hello.length; at += 1) {
    const changed = Buffer.from(hello);
    changed[at] = 0xff;
    expect(() => readClientHello(changed)).not.toThrow();
  }
});
