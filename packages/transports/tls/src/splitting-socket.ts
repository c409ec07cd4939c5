import type { Socket } from "node:net";
import { type SecureContext, TLSSocket, type TLSSocketOptions } from "node:tls";

/**
 * The most that OpenSSL is given at once: two records, and most of what is merged for a viewer at 2.5 Mb/s. Node keeps two buffers
 * as long as the longest write of a connection for as long as it lasts: with whole keyframes 300 KB a viewer. For one byte more
 * the buffer would be half as long again.
 */
export const MAX_WRITE_BYTES: number = 32 * 1024 - 1;

type Done = (error?: Error | null) => void;

/** The server's side of TLS, which enciphers what is written in parts: the next one when the connection has taken the last. */
export class SplittingSocket extends TLSSocket {
  constructor(socket: Socket, secureContext: SecureContext) {
    const { writableHighWaterMark: highWaterMark } = socket;
    super(socket, { isServer: true, secureContext, highWaterMark } as TLSSocketOptions);
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: Done): void {
    if (chunk.length <= MAX_WRITE_BYTES) super._write(chunk, encoding, done);
    else this.#writeParts(bytesOf(chunk, encoding), done);
  }

  /** What has been written during another write. Node would join all of it to one write. */
  override _writev(chunks: Parameters<NonNullable<TLSSocket["_writev"]>>[0], done: Done): void {
    const length = chunks.reduce((sum, { chunk }) => sum + chunk.length, 0);
    if (length <= MAX_WRITE_BYTES) return super._writev?.(chunks, done);
    this.#writeParts(Buffer.concat(chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding))), done);
  }

  #writeParts(bytes: Uint8Array, done: Done): void {
    const rest = bytes.subarray(MAX_WRITE_BYTES);
    const onWritten: Done = (error) => (error ? done(error) : this.#writeParts(rest, done));
    super._write(
      bytes.subarray(0, MAX_WRITE_BYTES),
      "buffer" as BufferEncoding,
      rest.length === 0 ? done : onWritten,
    );
  }
}

function bytesOf(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
}
