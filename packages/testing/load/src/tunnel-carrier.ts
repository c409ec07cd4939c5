import type { Socket } from "node:net";
import { type Carrier, type CarrierHandler, watch } from "./carrier.ts";

/** RTMP through HTTP requests, one after the other on one connection, as ffmpeg does it. */
export class TunnelCarrier implements Carrier {
  readonly #socket: Socket;
  readonly #handler: CarrierHandler;
  readonly #toSend: Uint8Array[] = [];
  #sessionId: string | undefined;
  #sequence = 0;
  /** The head of the reply that is being read, as text, until it is whole. */
  #head = "";
  /** How much of the reply's body is still to come, and whether its first byte is. */
  #bodyLeft = 0;
  #isFirst = false;
  #opening = "";

  constructor(open: (onBytes: (bytes: Uint8Array) => void) => Socket, handler: CarrierHandler) {
    this.#handler = handler;
    this.#socket = open((bytes) => this.#receive(bytes));
    watch(this.#socket, handler);
    this.#post("/open/1", ZERO);
  }

  /** Goes out with the next request. */
  write(bytes: Uint8Array): void {
    this.#toSend.push(new Uint8Array(bytes));
  }

  readOnce(): void {}

  pause(): void {
    this.#socket.pause();
  }

  /** The end of a connection is not the end of a tunnel: a server would keep the session. */
  destroy(): void {
    if (this.#sessionId !== undefined) this.#post(`/close/${this.#sessionId}/${this.#sequence++}`, ZERO);
    this.#socket.destroySoon();
  }

  #next(): void {
    const body = Buffer.concat(this.#toSend.splice(0));
    const command = body.length > 0 ? "send" : "idle";
    this.#post(`/${command}/${this.#sessionId}/${this.#sequence++}`, body.length > 0 ? body : ZERO);
  }

  #post(target: string, body: Uint8Array): void {
    const head = `POST ${target} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-fcs\r\nContent-Length: ${body.length}\r\n\r\n`;
    this.#socket.write(Buffer.concat([Buffer.from(head), body]));
  }

  #receive(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at = this.#bodyLeft > 0 ? this.#readBody(bytes, at) : this.#readHead(bytes, at);
    }
  }

  #readHead(bytes: Uint8Array, at: number): number {
    const before = this.#head.length;
    this.#head += Buffer.from(bytes.buffer, bytes.byteOffset + at, bytes.length - at).toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0)
      return this.#head.length > MAX_HEAD_BYTES ? this.#refuse("an endless head", bytes) : bytes.length;
    const status = this.#head.slice(9, 12);
    if (status !== "200") return this.#refuse(`status ${status}`, bytes);
    this.#bodyLeft = Number(/content-length: *(\d+)/i.exec(this.#head)?.[1] ?? 0);
    if (this.#sessionId === undefined && this.#bodyLeft > MAX_HEAD_BYTES)
      return this.#refuse("no id of a session", bytes);
    this.#isFirst = true;
    this.#head = "";
    return at + end + 4 - before;
  }

  #refuse(what: string, { length }: Uint8Array): number {
    this.#socket.destroy(new Error(`an HTTP server that answers a tunnel with ${what}`));
    return length;
  }

  #readBody(bytes: Uint8Array, at: number): number {
    const part = bytes.subarray(at, at + this.#bodyLeft);
    this.#bodyLeft -= part.length;
    if (this.#sessionId === undefined) this.#opening += Buffer.from(part).toString("latin1");
    else if (!this.#isFirst) this.#handler.onBytes(part);
    // The first byte is the polling interval.
    else if (part.length > 1) this.#handler.onBytes(part.subarray(1));
    this.#isFirst = false;
    if (this.#bodyLeft === 0) this.#endReply();
    return at + part.length;
  }

  #endReply(): void {
    if (this.#sessionId === undefined) {
      this.#sessionId = this.#opening.trim();
      this.#handler.onOpen();
    }
    this.#next();
  }
}

/** More than any server has to say of a reply. */
const MAX_HEAD_BYTES = 64 * 1024;

const ZERO = Uint8Array.of(0);
