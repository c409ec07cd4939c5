import type { FileHandle } from "node:fs/promises";
import type { FileOpening } from "./playing/media-index.ts";

/** What an opening finds in a file of this size. Rejects if it is no such file. */
export async function readAll<Result>(
  opening: FileOpening<Result>,
  handle: FileHandle,
  size: number,
): Promise<Result> {
  for (let wanted = opening.wants; wanted; wanted = opening.wants) {
    const length = Math.max(0, Math.min(wanted.length, size - wanted.position));
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, wanted.position);
    opening.feed(bytesRead === length ? bytes : bytes.subarray(0, bytesRead));
  }
  return opening.index;
}
