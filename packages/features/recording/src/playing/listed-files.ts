import type { FileHandle } from "node:fs/promises";
import { MIB } from "@headgate/config";
import { FlvListing, FlvOpening } from "@headgate/flv-file";
import type { ListedFile } from "./listed-source.ts";
import { type FileIdentity, isSame } from "./recorded-file.ts";

/** A shorter file is read as fast as its list could be looked at. Bytes. */
const LEAST_LISTED_BYTES: number = 64 * MIB;

/** Of a tag, to compare it with the list. Bytes. */
const LOOK_BYTES = 1024;

interface OpenListed extends ListedFile {
  readonly path: string;
  readonly version: FileIdentity;
  readonly handle: FileHandle;
  readers: number;
}

/** Long FLV files of other programs that are played by their lists of keyframes. Players of one file share it and its blocks. */
export class ListedFiles {
  readonly #newId: () => number;
  readonly #open = new Map<string, OpenListed>();

  /** Numbers are unlike those of all files whose blocks are cached. */
  constructor(newId: () => number) {
    this.#newId = newId;
  }

  get size(): number {
    return this.#open.size;
  }

  /** For one more player, who has to leave it. Undefined if nothing is listed that can be true; the handle is the caller's then. */
  async take(path: string, handle: FileHandle, version: FileIdentity): Promise<ListedFile | undefined> {
    if (version.bytes < LEAST_LISTED_BYTES) return undefined;
    const listing = this.#knownAt(path, version)?.listing ?? (await readListing(handle, version.bytes));
    if (!listing) return undefined;
    // Another player may have opened it meanwhile.
    const known = this.#knownAt(path, version);
    if (known) {
      known.readers += 1;
      await handle.close();
      return known;
    }
    const file = { id: this.#newId(), path, handle, version, bytes: version.bytes, listing, readers: 1 };
    this.#open.set(path, file);
    return file;
  }

  leave(left: ListedFile): void {
    const file = left as OpenListed;
    file.readers -= 1;
    if (file.readers > 0) return;
    if (this.#open.get(file.path) === file) this.#open.delete(file.path);
    file.handle.close().catch(() => {});
  }

  #knownAt(path: string, version: FileIdentity): OpenListed | undefined {
    const known = this.#open.get(path);
    return known && isSame(known.version, version) ? known : undefined;
  }
}

/** Undefined if what was looked at is not what is listed. */
async function readListing(handle: FileHandle, bytes: number): Promise<FlvListing | undefined> {
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    const memory = new Uint8Array(Math.min(length, bytes - position));
    const { bytesRead } = await handle.read(memory, 0, memory.length, position);
    return memory.subarray(0, bytesRead);
  };
  const listing = FlvListing.read(await read(0, new FlvOpening().wants!.length), bytes);
  for (const place of listing?.samples ?? [])
    if (!listing!.isRight(place, await read(place.position, LOOK_BYTES))) return undefined;
  return listing;
}
