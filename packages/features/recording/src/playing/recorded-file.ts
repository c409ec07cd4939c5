import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { FlvOpening, Mp3Opening } from "@headgate/flv-file";
import { Mp4Opening } from "@headgate/fmp4";
import { readAll } from "../read-all.ts";
import type { ReadableFile } from "./block-cache.ts";
import type { FileGrowth } from "./file-growth.ts";
import type { FileOpening, MessageIndex } from "./media-index.ts";

/** A file that is open, with its index. */
export interface RecordedFile extends ReadableFile {
  readonly index: MessageIndex;
  /** So far, if it grows. */
  readonly bytes: number;
  readonly handle: FileHandle;
  /** There if it was being written when it was opened. */
  readonly growth?: FileGrowth | undefined;
}

/** Identifies what a file held when its index was made. */
export interface FileVersion {
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** A version, and the file that it is of: another one may have taken its place. */
export interface FileIdentity extends FileVersion {
  readonly inode: number;
}

const OPENINGS: Readonly<Record<string, (isGrowing: boolean) => FileOpening<MessageIndex>>> = {
  flv: () => new FlvOpening(),
  mp4: (isGrowing) => new Mp4Opening(isGrowing),
  f4v: () => new Mp4Opening(),
  m4a: () => new Mp4Opening(),
  mp3: () => new Mp3Opening(),
};

/** The endings of files that can be played. */
export const ENDINGS: readonly string[] = Object.keys(OPENINGS);

/** What finds the index of a file with this ending. */
export function openingOf(ending: string, isGrowing: boolean): FileOpening<MessageIndex> {
  return OPENINGS[ending]!(isGrowing);
}

/** How an index was had: one that was made is worth saving, if it has `save`. */
export interface ReadIndex {
  readonly index: MessageIndex;
  readonly save?: () => Uint8Array;
}

/** Reads the index of a file, or goes on with what was saved of it. Rejects if it is no such file. */
export async function readIndex(
  handle: FileHandle,
  ending: string,
  { bytes }: FileVersion,
  saved: () => Promise<Uint8Array | undefined>,
): Promise<ReadIndex> {
  // The others are made of tables, or are short.
  if (ending !== "flv") return { index: await readAll(openingOf(ending, false), handle, bytes) };
  const known = await saved();
  const restored = known && FlvOpening.restore(known);
  if (restored) return { index: await readAll(restored, handle, bytes) };
  const opening = new FlvOpening();
  return { index: await readAll(opening, handle, bytes), save: () => opening.save() };
}

/** Undefined if there is no such file. */
export async function openFile(
  path: string,
): Promise<{ handle: FileHandle; version: FileIdentity } | undefined> {
  let handle: FileHandle;
  try {
    // A pipe without anybody at its other end would keep a thread waiting.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw error;
  }
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, version: identityIn(stats) };
  await handle.close();
  return undefined;
}

export function isSame(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode === other.inode && one.bytes === other.bytes && one.modifiedMs === other.modifiedMs;
}

export async function versionOf(handle: FileHandle): Promise<FileIdentity> {
  return identityIn(await handle.stat());
}

function identityIn({ size, mtimeMs, ino }: Stats): FileIdentity {
  return { bytes: size, modifiedMs: mtimeMs, inode: ino };
}
