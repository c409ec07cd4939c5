import { type FileHandle, readlink, realpath } from "node:fs/promises";
import { extname, sep } from "node:path";
import type { MessageSource } from "@headgate/bus";
import type { Guard } from "@headgate/transport";
import { readAll } from "../read-all.ts";
import type { ReadCached } from "../read-cached.ts";
import { BLOCK_BYTES, BlockCache } from "./block-cache.ts";
import { FileGrowth } from "./file-growth.ts";
import { FileSource } from "./file-source.ts";
import { ListedFiles } from "./listed-files.ts";
import { type ListedFile, ListedSource } from "./listed-source.ts";
import type { MessageIndex } from "./media-index.ts";
import {
  type FileIdentity,
  isSame,
  openFile,
  openingOf,
  type RecordedFile,
  readIndex,
  versionOf,
} from "./recorded-file.ts";
import { LEAST_SAVED_MESSAGES, type SavedIndexes } from "./saved-indexes.ts";

/** The messages of all indexes that are kept, of 40 bytes at most each: some fifty hours. */
const MAX_INDEXED_MESSAGES = 8_000_000;

/** Indexes that are made at the same time: each reads from the disk. */
const MAX_OPENINGS = 4;

/** Players that wait until a file is open. More are refused. */
const MAX_WAITING_OPENINGS = 256;

/** A recorder writes each second. Milliseconds. */
const AT_REST_MS = 10_000;
/** A file to which nothing was written for so long is not being recorded: recorders write each second. Milliseconds. */
const IDLE_FILE_MS = 60_000;

interface OpenFile extends RecordedFile {
  readonly path: string;
  readonly version: FileIdentity;
  readers: number;
}

interface CachedIndex {
  readonly index: MessageIndex;
  readonly version: FileIdentity;
}

/** A file of its own reader, which has to close the handle. */
export interface OpenedFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly version: FileIdentity;
}

/** Why a recording cannot be played, although there is a file. */
export class UnplayableFile extends Error {
  override readonly name = "UnplayableFile";
  readonly code = "RECORDING_UNPLAYABLE";
}

/** Whether the file at this path is being written by this server. Rejects if that cannot be said now. */
type IsWritten = (path: string) => boolean | Promise<boolean>;

/** The files that are being played. Players of one file share it, its index and its blocks. */
export class RecordedFiles {
  readonly #guard: Guard;
  readonly #saved: SavedIndexes;
  readonly #cache: BlockCache;
  readonly #isWritten: IsWritten;
  readonly #open = new Map<string, OpenFile>();
  readonly #listed = new ListedFiles(() => this.#newId());
  /** Those used last are the last. */
  readonly #indexes = new Map<string, CachedIndex>();
  #indexedMessages = 0;
  #lastId = 0;
  #opening = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(guard: Guard, saved: SavedIndexes, isWritten: IsWritten, readCached?: ReadCached) {
    this.#guard = guard;
    this.#saved = saved;
    this.#isWritten = isWritten;
    this.#cache = new BlockCache(guard, readCached);
  }

  /** The files that are open. */
  get size(): number {
    return this.#open.size + this.#listed.size;
  }

  /** Looks for what has been written to files that grow. Called a few times a second. */
  sweep(): void {
    for (const { growth } of this.#open.values()) growth?.look();
  }

  /** The same as {@link play}, but a long file whose index is not there is played by what it lists itself. */
  async watch(path: string, folder: string): Promise<MessageSource | undefined> {
    return (await this.#playListed(path, folder)) ?? this.play(path, folder);
  }

  /** A player's source of a file in the folder, which it has to close; undefined if there is none. Rejects if it cannot be played. */
  async play(path: string, folder: string): Promise<FileSource | undefined> {
    await this.#takeTurn();
    try {
      const file = await this.#fileAt(path, folder);
      if (!file) return undefined;
      return new FileSource(file, this.#cache, () => this.#leave(file));
    } finally {
      this.#endTurn();
    }
  }

  /** A file in the folder as it is; undefined if there is none. Rejects if it must not be read. */
  async open(path: string, folder: string): Promise<OpenedFile | undefined> {
    const opened = await openFile(path);
    if (!opened) return undefined;
    try {
      await requireInside(opened.handle, path, folder);
      return { path, ...opened };
    } catch (error) {
      await opened.handle.close();
      throw error;
    }
  }

  /** Its index, which is shared with those that play it. Rejects if it cannot be played. */
  async index({ path, handle, version }: OpenedFile): Promise<MessageIndex> {
    await this.#takeTurn();
    try {
      return await this.#indexOf(path, handle, version);
    } finally {
      this.#endTurn();
    }
  }

  #endTurn(): void {
    this.#opening -= 1;
    this.#waiting.shift()?.();
  }

  async #takeTurn(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING_OPENINGS)
      throw new UnplayableFile("too many files are being opened");
    if (this.#opening >= MAX_OPENINGS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#opening += 1;
  }

  async #fileAt(path: string, folder: string): Promise<OpenFile | undefined> {
    const opened = await openFile(path);
    if (!opened) return undefined;
    const { handle } = opened;
    try {
      const known = this.#knownAt(path, opened.version);
      if (known) return await this.#join(known, handle);
      await requireInside(handle, path, folder);
      const isOld = isIdle(opened.version);
      const isGrowing = !isOld && (await this.#isWritten(path));
      // What was written before it was finished is there now.
      const version = isOld ? opened.version : await versionOf(handle);
      const read = isGrowing
        ? await this.#follow(path, handle, version)
        : { index: await this.#indexOf(path, handle, version), growth: undefined };
      const other = this.#knownAt(path, version);
      if (other) return await this.#join(other, handle);
      return this.#add(path, handle, version, read);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #playListed(path: string, folder: string): Promise<MessageSource | undefined> {
    if (endingOf(path) !== "flv") return undefined;
    await this.#takeTurn();
    try {
      const opened = await this.open(path, folder);
      const file = opened && (await this.#takeListed(opened));
      if (!file) {
        await opened?.handle.close();
        return undefined;
      }
      return new ListedSource({
        ...{ file, cache: this.#cache, guard: this.#guard },
        openWhole: () => this.play(path, folder),
        onClose: () => this.#listed.leave(file),
      });
    } finally {
      this.#endTurn();
    }
  }

  /** What may still be written has no list, and an index that is there is better. */
  async #takeListed({ path, handle, version }: OpenedFile): Promise<ListedFile | undefined> {
    const known = this.#open.get(path) ?? this.#indexes.get(path);
    if (!isIdle(version) || (known && isSame(known.version, version))) return undefined;
    try {
      if (await this.#saved.has(path, version)) return undefined;
      return await this.#listed.take(path, handle, version);
    } catch {
      return undefined;
    }
  }

  #newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** A file that grows is the same whatever has been added to it. */
  #knownAt(path: string, version: FileIdentity): OpenFile | undefined {
    const known = this.#open.get(path);
    return known && (known.growth?.isGrowing || isSame(known.version, version)) ? known : undefined;
  }

  #add(
    path: string,
    handle: FileHandle,
    version: FileIdentity,
    { index, growth }: Pick<RecordedFile, "index" | "growth">,
  ): OpenFile {
    const file: OpenFile = {
      ...{ id: this.#newId(), path, handle, version, index, growth, readers: 1 },
      get bytes() {
        return growth?.bytes ?? version.bytes;
      },
    };
    this.#open.set(path, file);
    return file;
  }

  async #follow(
    path: string,
    handle: FileHandle,
    { bytes }: FileIdentity,
  ): Promise<Pick<RecordedFile, "index" | "growth">> {
    const opening = openingOf(endingOf(path), true);
    const index = await readAll(opening, handle, bytes);
    const growing = {
      ...{ handle, opening, bytes },
      isWritten: () => this.#isStillWritten(path, handle),
      onGrown: (before: number) => {
        const file = this.#open.get(path);
        // The block in which it ended was read as far as it went.
        if (file?.handle === handle) this.#cache.forget(file, Math.floor(before / BLOCK_BYTES));
      },
    };
    return { index, growth: new FileGrowth(growing, this.#guard) };
  }

  /** While nobody can say, a file to which something was written of late is. */
  async #isStillWritten(path: string, handle: FileHandle): Promise<boolean> {
    try {
      return await this.#isWritten(path);
    } catch {
      return !isIdle(await versionOf(handle));
    }
  }

  /** Another player of a file that is open: its own handle is not needed. */
  async #join(file: OpenFile, handle: FileHandle): Promise<OpenFile> {
    file.readers += 1;
    await handle.close();
    return file;
  }

  async #indexOf(path: string, handle: FileHandle, version: FileIdentity): Promise<MessageIndex> {
    const known = this.#indexes.get(path);
    if (known && isSame(known.version, version)) {
      this.#indexes.delete(path);
      this.#indexes.set(path, known);
      return known.index;
    }
    const saved = (): Promise<Uint8Array | undefined> => this.#saved.load(path, version);
    const { index, save } = await readIndex(handle, endingOf(path), version, saved);
    if (save && index.count >= LEAST_SAVED_MESSAGES && isAtRest(version))
      this.#guard.settle(this.#saved.save(path, version, save()), () => {});
    this.#forget(path);
    this.#indexes.set(path, { index, version });
    this.#indexedMessages += index.count;
    for (const oldest of this.#indexes.keys()) {
      if (this.#indexedMessages <= MAX_INDEXED_MESSAGES || oldest === path) break;
      this.#forget(oldest);
    }
    return index;
  }

  #forget(path: string): void {
    this.#indexedMessages -= this.#indexes.get(path)?.index.count ?? 0;
    this.#indexes.delete(path);
  }

  #leave(file: OpenFile): void {
    file.readers -= 1;
    if (file.readers > 0) return;
    if (this.#open.get(file.path) === file) this.#open.delete(file.path);
    file.handle.close().catch(() => {});
  }
}

function endingOf(path: string): string {
  return extname(path).slice(1).toLowerCase();
}

/** A link in a folder may lead out of it. */
async function requireInside(handle: FileHandle, path: string, folder: string): Promise<void> {
  const [file, root] = await Promise.all([placeOf(handle, path), realpath(folder)]);
  const isInside = file.startsWith(root.endsWith(sep) ? root : root + sep);
  if (!isInside) throw new UnplayableFile("a link leads out of its folder");
}

function isIdle({ modifiedMs }: FileIdentity): boolean {
  return Date.now() - modifiedMs > IDLE_FILE_MS;
}

/** Whether nothing seems to be writing to the file: what is saved of one that grows is old at once. */
function isAtRest({ modifiedMs }: FileIdentity): boolean {
  return Math.abs(Date.now() - modifiedMs) >= AT_REST_MS;
}

/** Where the file is that was opened: a link may lead elsewhere by now. Systems without `/proc` tell of the present only. */
async function placeOf({ fd }: FileHandle, path: string): Promise<string> {
  try {
    return await readlink(`/proc/self/fd/${fd}`);
  } catch {
    return realpath(path);
  }
}
