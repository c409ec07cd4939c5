import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { GIB } from "@headgate/config";
import type { FileVersion } from "./recorded-file.ts";

/** An index of fewer messages is made as fast as it is read: a quarter of an hour of pictures and sound. */
export const LEAST_SAVED_MESSAGES = 65_536;

/** The files of all indexes: a few milliseconds to look through. */
const MAX_SAVED = 1_000;

/** What they may take of the disk: some 200 hours, which take a hundred times as much themselves. Bytes. */
const MAX_SAVED_BYTES: number = GIB;

/** In front of the index: a checksum of all that follows, and the length and the time of the file that it is of. Bytes. */
const HEAD_BYTES = 20;
const SUMMED_FROM = 4;

/** Beside the manifest, in the folder of all recordings. */
const FOLDER = [".headgate", "indexes"] as const;

/**
 * Indexes that take long to make, as files: one that is made once need not be made again by another process or after a restart.
 * One of another version of its file, or that is damaged, is as none. What cannot be saved is made again.
 */
export class SavedIndexes {
  readonly #root: string;
  readonly #folder: string;

  /** `root` is the folder of all recordings. If it is not there, nothing is saved. */
  constructor(root: string) {
    this.#root = root;
    this.#folder = join(root, ...FOLDER);
  }

  /** Never rejects. */
  async load(path: string, { bytes, modifiedMs }: FileVersion): Promise<Uint8Array | undefined> {
    try {
      const saved = await readFile(this.#placeOf(path));
      const isOfThisFile =
        saved.length > HEAD_BYTES && saved.readDoubleBE(4) === bytes && saved.readDoubleBE(12) === modifiedMs;
      if (!isOfThisFile || saved.readUInt32BE(0) !== crc32(saved.subarray(SUMMED_FROM))) return undefined;
      return saved.subarray(HEAD_BYTES);
    } catch {
      return undefined;
    }
  }

  /** Whether there seems to be one. Never rejects. */
  async has(path: string, { bytes, modifiedMs }: FileVersion): Promise<boolean> {
    try {
      const handle = await open(this.#placeOf(path));
      try {
        const head = Buffer.alloc(HEAD_BYTES);
        await handle.read(head, 0, HEAD_BYTES, 0);
        return head.readDoubleBE(4) === bytes && head.readDoubleBE(12) === modifiedMs;
      } finally {
        await handle.close();
      }
    } catch {
      return false;
    }
  }

  /** Never rejects. */
  async save(path: string, { bytes, modifiedMs }: FileVersion, index: Uint8Array): Promise<void> {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeDoubleBE(bytes, 4);
    head.writeDoubleBE(modifiedMs, 12);
    head.writeUInt32BE(crc32(index, crc32(head.subarray(SUMMED_FROM))), 0);
    const place = this.#placeOf(path);
    // Another process may save the same one.
    const unfinished = `${place}.${randomBytes(6).toString("hex")}`;
    try {
      await this.#makeFolder();
      await writeFile(unfinished, [head, index]);
      await rename(unfinished, place);
      await this.#trim();
    } catch {
      await rm(unfinished, { force: true }).catch(() => {});
    }
  }

  /** The file is gone. Never rejects. */
  async forget(path: string): Promise<void> {
    await rm(this.#placeOf(path), { force: true }).catch(() => {});
  }

  #placeOf(path: string): string {
    return join(this.#folder, createHash("sha256").update(resolve(path)).digest("hex").slice(0, 32));
  }

  /** Not the root: who records nothing and only plays films has none. */
  async #makeFolder(): Promise<void> {
    let folder = this.#root;
    for (const level of FOLDER) {
      folder = join(folder, level);
      try {
        await mkdir(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }

  /** Deletes the oldest. */
  async #trim(): Promise<void> {
    const saved: { readonly place: string; readonly bytes: number; readonly savedMs: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const place = join(this.#folder, name);
      const stats = await stat(place).catch(() => undefined);
      if (stats) saved.push({ place, bytes: stats.size, savedMs: stats.mtimeMs });
    }
    saved.sort((one, other) => other.savedMs - one.savedMs);
    let total = 0;
    for (const [at, { place, bytes }] of saved.entries()) {
      total += bytes;
      if (at > 0 && (at >= MAX_SAVED || total > MAX_SAVED_BYTES)) await rm(place, { force: true });
    }
  }
}
