import { createCipheriv, createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import type { CertificateFiles } from "./certificate.ts";
import { listen } from "./running.test.helper.ts";

export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** One side of TLS 1.3 that has shaken hands properly and then writes records of its own making. */
export interface ForgingPeer {
  readonly carrier: Socket;
  readonly forge: RecordForge;
}

export async function dialForging(port: number, servername?: string): Promise<ForgingPeer> {
  const carrier = connectTcp(port, "127.0.0.1");
  carrier.on("error", () => {});
  await once(carrier, "connect");
  const named = servername === undefined ? {} : { servername };
  const secured = connect({ socket: carrier, rejectUnauthorized: false, minVersion: "TLSv1.3", ...named });
  // What is read does not keep the end of the connection waiting.
  secured.on("error", () => {}).resume();
  let secret = "";
  secured.on("keylog", (line) => {
    secret = /^CLIENT_TRAFFIC_SECRET_0 \w+ (\w+)/.exec(String(line))?.[1] ?? secret;
  });
  await once(secured, "secureConnect");
  // The Finished message leaves in this turn, and must be before the forged records.
  await setImmediate();
  return { carrier, forge: new RecordForge(Buffer.from(secret, "hex")) };
}

/** After its handshake Node has sent two session tickets, each in a record. */
const TICKETS = 2;

/** A server of which each connection is forged once the handshake is done. Returns its port. */
export function listenForging(
  { cert, key }: CertificateFiles,
  onShaken: (server: ForgingPeer) => void,
): Promise<number> {
  const secureContext = createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) });
  return listen((carrier) => {
    const secured = new TLSSocket(carrier, { isServer: true, secureContext });
    secured.on("error", () => {}).resume();
    let secret = "";
    secured.on("keylog", (line) => {
      secret = /^SERVER_TRAFFIC_SECRET_0 \w+ (\w+)/.exec(String(line))?.[1] ?? secret;
    });
    secured.once("secure", async () => {
      await setImmediate();
      onShaken({ carrier, forge: new RecordForge(Buffer.from(secret, "hex"), TICKETS) });
    });
  });
}

/** Makes the records of one side (RFC 8446 §5). */
export class RecordForge {
  #secret: Buffer;
  #sequence: number;

  /** `sequence`: how many records there have been with the same secret. */
  constructor(secret: Buffer, sequence: number = 0) {
    this.#secret = secret;
    this.#sequence = sequence;
  }

  record(type: number, content: Buffer): Buffer {
    const keyBytes = this.#secret.length === 32 ? 16 : 32;
    const header = Buffer.of(APPLICATION_DATA, 3, 3, 0, 0);
    header.writeUInt16BE(content.length + 17, 3);
    const nonce = expand(this.#secret, "iv", 12);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence) >>> 0, 8);
    this.#sequence += 1;
    const key = expand(this.#secret, "key", keyBytes);
    const cipher = createCipheriv(keyBytes === 16 ? "aes-128-gcm" : "aes-256-gcm", key, nonce);
    cipher.setAAD(header);
    const inner = cipher.update(Buffer.concat([content, Buffer.of(type)]));
    return Buffer.concat([header, inner, cipher.final(), cipher.getAuthTag()]);
  }

  /** With the answer that it asks for, or none (RFC 8446 §4.6.3). */
  keyUpdate(asksForAnswer: boolean): Buffer {
    const record = this.record(HANDSHAKE, Buffer.of(24, 0, 0, 1, asksForAnswer ? 1 : 0));
    this.#secret = expand(this.#secret, "traffic upd", this.#secret.length);
    this.#sequence = 0;
    return record;
  }
}

/** HKDF-Expand-Label for what fits into one hash (RFC 8446 §7.1). */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const info = Buffer.concat([Buffer.of(0, length, label.length + 6), Buffer.from(`tls13 ${label}\0\x01`)]);
  const hash = createHmac(secret.length === 32 ? "sha256" : "sha384", secret);
  return hash.update(info).digest().subarray(0, length);
}
