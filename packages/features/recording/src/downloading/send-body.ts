import type { FileHandle } from "node:fs/promises";
import { KIB } from "@headgate/config";
import type { ReadCached } from "../read-cached.ts";
import type { Body } from "./body.ts";
import { ResponseOutput, type Sending } from "./response-output.ts";

/**
 * What is read and sent at once. A client that takes nothing holds one block. Larger ones cost little less processor time, 64 KiB a
 * third more. Bytes.
 */
const BLOCK_BYTES: number = 256 * KIB;

/** Whether the file has had fewer bytes than were promised. */
export type Sent = "whole" | "gone" | "short";

/** Reads a file piece by piece. */
export class PieceReader {
  readonly #handle: Pick<FileHandle, "fd" | "read">;
  readonly #readCached: ReadCached | undefined;

  constructor(handle: Pick<FileHandle, "fd" | "read">, readCached: ReadCached | undefined) {
    this.#handle = handle;
    this.#readCached = readCached;
  }

  /** Fills the bytes from a position on, and returns how many it has got: none at the end of the file. */
  async read(bytes: Uint8Array, position: number): Promise<number> {
    const cached = this.#readCached?.(this.#handle.fd, bytes, position) ?? 0;
    if (cached > 0) return cached;
    return (await this.#handle.read(bytes, 0, bytes.length, position)).bytesRead;
  }
}

/** Sends a body as fast as the client takes it, through one block that is used again. Rejects if the file cannot be read. */
export async function sendBody(body: Body, file: PieceReader, sending: Sending): Promise<Sent> {
  const output = new ResponseOutput(sending);
  let block: Uint8Array | undefined;
  for (const piece of body) {
    if (piece instanceof Uint8Array) {
      if (!(await output.write(piece))) return "gone";
      continue;
    }
    block ??= Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, piece.to - piece.from));
    for (let at = piece.from; at < piece.to; ) {
      const read = await file.read(block.subarray(0, Math.min(block.length, piece.to - at)), at);
      if (read === 0) return "short";
      if (!(await output.write(block.subarray(0, read)))) return "gone";
      at += read;
    }
  }
  return "whole";
}
