import type { FileHandle } from "node:fs/promises";
import { KIB } from "@headgate/config";
import type { Body } from "./body.ts";
import { ResponseOutput, type Sending } from "./response-output.ts";

/**
 * What is read and sent at once. A client that takes nothing holds one block. Larger ones cost little less processor time, 64 KiB a
 * third more. Bytes.
 */
const BLOCK_BYTES: number = 256 * KIB;

/** Whether the file has had fewer bytes than were promised. */
export type Sent = "whole" | "gone" | "short";

/** Sends a body as fast as the client takes it, through one block that is used again. Rejects if the file cannot be read. */
export async function sendBody(
  body: Body,
  handle: Pick<FileHandle, "read">,
  sending: Sending,
): Promise<Sent> {
  const output = new ResponseOutput(sending);
  let block: Uint8Array | undefined;
  for (const piece of body) {
    if (piece instanceof Uint8Array) {
      if (!(await output.write(piece))) return "gone";
      continue;
    }
    block ??= Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, piece.to - piece.from));
    for (let at = piece.from; at < piece.to; ) {
      const { bytesRead } = await handle.read(block, 0, Math.min(block.length, piece.to - at), at);
      if (bytesRead === 0) return "short";
      if (!(await output.write(block.subarray(0, bytesRead)))) return "gone";
      at += bytesRead;
    }
  }
  return "whole";
}
