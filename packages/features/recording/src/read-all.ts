import type { FileHandle } from "node:fs/promises";
import type { FileOpening } from "./playing/media-index.ts";

/** What an opening finds in a file of this size. Rejects if it is no such file. */
export async function readAll<Result>(
  opening: FileOpening<Result>,
  handle: FileHandle,
  size: number,
): Promise<Result> {
  // Used again for each read, because an opening copies what it keeps; no Buffer, whose slices would be no copies.
  let block = new Uint8Array();
  for (let wanted = opening.wants; wanted; wanted = opening.wants) {
    const length = Math.max(0, Math.min(wanted.length, size - wanted.position));
    if (block.length < length) block = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    const { bytesRead } = await handle.read(block, 0, length, wanted.position);
    opening.feed(block.subarray(0, bytesRead));
  }
  return opening.index;
}
