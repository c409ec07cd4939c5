import type { Socket } from "node:net";
import { type SecureContext, TLSSocket, type TLSSocketOptions } from "node:tls";
import { SmallRecords } from "./small-records.ts";

/** What a record of TLS holds, less what enciphering adds to it. */
const RECORD_BYTES: number = 16 * 1024 - 128;

/**
 * The most that OpenSSL is given at once, which is more than what is merged for a viewer at 3 Mb/s. Node keeps two buffers as long
 * as the longest writes of a connection for as long as it lasts: for whole keyframes that would be 300 KB a viewer. What a
 * viewer does not read is also kept here, enciphered for it alone.
 */
const MAX_RECORDS = 3;

export const MAX_WRITE_BYTES: number = MAX_RECORDS * RECORD_BYTES;

export interface SplittingSocketOptions {
  /** Those to agree on with a client that offers protocols (ALPN). */
  readonly ALPNProtocols?: string[];
  /** Asks the client for a certificate. */
  readonly requestCert?: boolean;
}

type Done = (error?: Error | null) => void;

/** The server's side of TLS, which enciphers long writes in parts: the next one when the connection has taken the last. */
export class SplittingSocket extends TLSSocket {
  /**
   * The records of the longest write. It grows one by one, so that Node has a buffer for the first and a buffer for two more:
   * beginning with three, it would have a buffer for three more.
   */
  #records = 1;
  readonly smallRecords: SmallRecords = new SmallRecords(performance.now());

  constructor(socket: Socket, secureContext: SecureContext, options: SplittingSocketOptions = {}) {
    const { writableHighWaterMark: highWaterMark } = socket;
    // The server decides what to make of a certificate that is missing or invalid.
    const fixed = { isServer: true, secureContext, highWaterMark, rejectUnauthorized: false };
    super(socket, { ...options, ...fixed } as TLSSocketOptions);
  }

  /** Node calls it for each record. */
  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    return this.smallRecords.allows(chunk) && super.push(chunk, encoding);
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: Done): void {
    const bytes = bytesOf(chunk, encoding);
    if (bytes.length <= this.#records * RECORD_BYTES) super._write(bytes, NO_ENCODING, done);
    else this.#writeParts([bytes], done);
  }

  /**
   * What has been written during another write. Node would join all of it to one write: a copy for this connection alone, of
   * a message of 8 MiB too.
   */
  override _writev(chunks: Parameters<NonNullable<TLSSocket["_writev"]>>[0], done: Done): void {
    const pieces = chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding));
    this.#writeParts(pieces.reverse(), done);
  }

  /** Writes pieces, of which the last one comes first. */
  #writeParts(pieces: Uint8Array[], done: Done): void {
    const part = takePart(pieces, this.#records * RECORD_BYTES);
    if (pieces.length === 0) return super._write(part, NO_ENCODING, done);
    this.#records = Math.min(this.#records + 1, MAX_RECORDS);
    super._write(part, NO_ENCODING, (error) => (error ? done(error) : this.#writeParts(pieces, done)));
  }
}

/** Takes the next bytes, so many at most. Only what lies in several pieces is copied. */
function takePart(pieces: Uint8Array[], maxBytes: number): Uint8Array {
  const taken: Uint8Array[] = [];
  let left = maxBytes;
  while (left > 0 && pieces.length > 0) {
    const piece = pieces.pop()!;
    if (piece.length > left) pieces.push(piece.subarray(left));
    taken.push(piece.subarray(0, left));
    left -= Math.min(left, piece.length);
  }
  return taken.length === 1 ? taken[0]! : Buffer.concat(taken);
}

/** Of bytes. */
const NO_ENCODING = "buffer" as BufferEncoding;

function bytesOf(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
}
