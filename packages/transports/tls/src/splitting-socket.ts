import type { Socket } from "node:net";
import { type SecureContext, TLSSocket, type TLSSocketOptions } from "node:tls";

/** What a record of TLS holds, less what enciphering adds to it. */
const RECORD_BYTES: number = 16 * 1024 - 128;

/**
 * The most that OpenSSL is given at once, which is more than what is merged for a viewer at 3 Mb/s. Node keeps two buffers as long
 * as the longest writes of a connection for as long as it lasts: for whole keyframes that would be 300 KB a viewer. What a
 * viewer does not read is also kept here, enciphered for it alone.
 */
const MAX_RECORDS = 3;

export const MAX_WRITE_BYTES: number = MAX_RECORDS * RECORD_BYTES;

type Done = (error?: Error | null) => void;

/** The server's side of TLS, which enciphers long writes in parts: the next one when the connection has taken the last. */
export class SplittingSocket extends TLSSocket {
  /**
   * The records of the longest write. It grows one by one, so that Node has a buffer for the first and a buffer for two more:
   * beginning with three, it would have a buffer for three more.
   */
  #records = 1;

  constructor(socket: Socket, secureContext: SecureContext) {
    const { writableHighWaterMark: highWaterMark } = socket;
    super(socket, { isServer: true, secureContext, highWaterMark } as TLSSocketOptions);
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: Done): void {
    this.#writeParts(bytesOf(chunk, encoding), done);
  }

  /** What has been written during another write. Node would join all of it to one write. */
  override _writev(chunks: Parameters<NonNullable<TLSSocket["_writev"]>>[0], done: Done): void {
    this.#writeParts(Buffer.concat(chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding))), done);
  }

  #writeParts(bytes: Uint8Array, done: Done): void {
    const length = this.#records * RECORD_BYTES;
    if (bytes.length <= length) return super._write(bytes, NO_ENCODING, done);
    this.#records = Math.min(this.#records + 1, MAX_RECORDS);
    const rest = bytes.subarray(length);
    super._write(bytes.subarray(0, length), NO_ENCODING, (error) =>
      error ? done(error) : this.#writeParts(rest, done),
    );
  }
}

/** Of bytes. */
const NO_ENCODING = "buffer" as BufferEncoding;

function bytesOf(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
}
