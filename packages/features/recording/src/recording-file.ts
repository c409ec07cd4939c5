import { type FileHandle, lstat, open, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import type { Manifest } from "./manifest.ts";
import type { FileVersion } from "./playing/recorded-file.ts";

/** How many recordings of one name may begin in the same second. */
const MAX_SAME_NAMES = 1_000;

/** A part of a file that is overwritten when it is finished. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array;
}

export type Notes = Pick<Manifest, "opening" | "unopened">;

/** Somebody has deleted a file that was being written, perhaps with its folder. What is written to it is lost. */
export class FileDeleted extends Error {
  override readonly name = "FileDeleted";

  constructor() {
    super("the file was deleted while it was written");
  }
}

/** A file that is written from its beginning to its end. Its methods are called one after the other. */
export class RecordingFile {
  /** Below the root of recordings, with `/` between its levels. */
  readonly path: string;
  readonly #place: string;
  readonly #handle: FileHandle;
  #bytes = 0;

  private constructor(path: string, place: string, handle: FileHandle) {
    this.path = path;
    this.#place = place;
    this.#handle = handle;
  }

  /**
   * Makes a new file below the root, and the folders that it needs. A file that is there is never written to. It is noted before:
   * whoever finds it empty after a crash knows that it is nothing.
   */
  static async create(root: string, name: string, ending: string, notes: Notes): Promise<RecordingFile> {
    await makeFolder(dirname(join(root, name)));
    for (let number = 0; number < MAX_SAME_NAMES; number += 1) {
      const path = `${name}${number === 0 ? "" : `-${number}`}.${ending}`;
      const place = join(root, path);
      if (await isThere(place)) continue;
      await notes.opening(path);
      try {
        return new RecordingFile(path, place, await open(place, "wx"));
      } catch (error) {
        notes.unopened(path);
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
    throw new Error(`${MAX_SAME_NAMES} recordings are called ${name}`);
  }

  /** What has been appended. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(pieces: readonly Uint8Array[]): Promise<void> {
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    const { bytesWritten } = await this.#handle.writev(pieces, this.#bytes);
    if (bytesWritten < total) await this.#appendRest(pieces, bytesWritten);
    this.#bytes += total;
    if ((await this.#handle.stat()).nlink === 0) throw new FileDeleted();
  }

  /**
   * Makes an ordinary file of it, or deletes one that has nothing in it: the tail is on the disk before anything is overwritten.
   * Returns what identifies the file as it is then.
   */
  async finish(tail: readonly Uint8Array[], patches: readonly Patch[]): Promise<FileVersion | undefined> {
    if (tail.length > 0) await this.append(tail);
    await this.#handle.datasync();
    for (const { position, bytes } of patches) await writeAll(this.#handle, bytes, position);
    const { size, mtimeMs } = await this.#handle.stat();
    await this.close();
    if (this.#bytes > 0) return { bytes: size, modifiedMs: mtimeMs };
    await unlink(this.#place);
    return undefined;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Writing has failed: what is whole of it stays. */
  async abandon(): Promise<void> {
    try {
      await this.#handle.truncate(this.#bytes);
    } finally {
      await this.close();
      if (this.#bytes === 0) await unlink(this.#place);
    }
  }

  /** The system may take a part only, as when the disk is nearly full. */
  async #appendRest(pieces: readonly Uint8Array[], written: number): Promise<void> {
    let before = 0;
    for (const piece of pieces) {
      const skipped = Math.min(piece.length, Math.max(0, written - before));
      if (skipped < piece.length)
        await writeAll(this.#handle, piece.subarray(skipped), this.#bytes + before + skipped);
      before += piece.length;
    }
  }
}

async function isThere(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return true;
  } catch {
    return false;
  }
}

/** Writes all of it, also if the system takes a part at a time. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
