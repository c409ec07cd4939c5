import type { MessageSource } from "@headgate/bus";
import { type Message, MessageType } from "@headgate/message";
import type { Guard } from "@headgate/transport";
import type { FileSource } from "./file-source.ts";

/** A file of what was recorded of a live stream. */
export interface PastFile {
  /** Below the root. */
  readonly file: string;
  /** Of the message with which it begins, in the time of the stream. Milliseconds. */
  readonly timestamp: number;
  /** Whether that is sound. */
  readonly isSound: boolean;
}

export interface PastFiles {
  /** All files of the stream, the oldest first. Rejects if that cannot be told. */
  list(): Promise<readonly PastFile[]>;
  /** Undefined if it is not there any more. Rejects if it cannot be played. */
  open(file: string): Promise<FileSource | undefined>;
}

/** After the end of a file the next one is looked for so often, and so long: it begins as the last one ends. Milliseconds. */
const LOOK_MS = 250;
const MAX_LOOKS = 12;

/** A file that was found where a player wants to begin. */
export interface PastPlace {
  readonly place: PastFile;
  readonly source: FileSource;
}

/**
 * What was recorded of a live stream, from one file to the next, in the time of the stream. It can seek within the file in which it
 * is; for another one its player gets another source. It ends when no further file comes.
 */
export class PastSource implements MessageSource {
  onReady: () => void = () => {};
  readonly #files: PastFiles;
  readonly #guard: Guard;
  #place: PastFile;
  #source: FileSource;
  /** What is added to the times of the file. */
  #offsetMs: number;
  /** What comes before the next message of the file, and that of it which was given last. */
  #headers: Message[] = [];
  #header: Message | undefined;
  #isLooking = false;
  #looks = 0;
  #isOver = false;
  #isClosed = false;

  constructor({ place, source }: PastPlace, files: PastFiles, guard: Guard) {
    this.#files = files;
    this.#guard = guard;
    this.#place = place;
    this.#source = source;
    this.#offsetMs = offsetOf(place, source);
    source.onReady = () => this.onReady();
  }

  get durationMs(): number {
    return this.#offsetMs + this.#source.durationMs;
  }

  get hasVideo(): boolean {
    return this.#source.hasVideo;
  }

  get isGrowing(): boolean {
    return !this.#isOver;
  }

  get headers(): readonly Message[] {
    return this.#source.headers.map((message) => this.#timed(message));
  }

  get nextMs(): number | undefined {
    if (this.#isClosed || this.#isOver || this.#isLooking) return undefined;
    const [header] = this.#headers;
    if (header) return header.timestamp;
    const { nextMs } = this.#source;
    return nextMs === undefined ? undefined : (nextMs + this.#offsetMs) >>> 0;
  }

  next(): Message | "later" | undefined {
    if (this.#isClosed || this.#isOver) return undefined;
    if (this.#isLooking) return "later";
    this.#header = this.#headers.shift();
    if (this.#header) return this.#header;
    const message = this.#source.next();
    if (message === "later") return message;
    if (message) return this.#timed(message);
    if (!this.#source.isGrowing) this.#look();
    return "later";
  }

  back(): void {
    if (this.#header) this.#headers.unshift(this.#header);
    else this.#source.back();
    this.#header = undefined;
  }

  seek(positionMs: number): number {
    this.#headers = [];
    return this.#source.seek(Math.max(0, positionMs - this.#offsetMs)) + this.#offsetMs;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#source.close();
  }

  #timed(message: Message): Message {
    return { ...message, timestamp: (message.timestamp + this.#offsetMs) >>> 0 };
  }

  /** Looks for the next file. */
  #look(): void {
    this.#isLooking = true;
    this.#guard.settle(
      this.#openNext(),
      (found) => this.#goOn(found),
      () => this.#end(),
    );
  }

  async #openNext(): Promise<PastPlace | undefined> {
    const all = await this.#files.list();
    const at = all.findIndex(({ file }) => file === this.#place.file);
    // What was deleted meanwhile is told by its time.
    const later =
      at >= 0
        ? all.slice(at + 1)
        : all.filter(({ timestamp }) => ((timestamp - this.#place.timestamp) | 0) > 0);
    for (const place of later) {
      const source = await openOrSkip(this.#files, place.file);
      if (source) return { place, source };
    }
    return undefined;
  }

  #goOn(found: PastPlace | undefined): void {
    if (this.#isClosed) return found?.source.close();
    if (!found) return this.#lookAgain();
    const { place, source } = found;
    const before = this.#source.headers;
    this.#source.close();
    this.#place = place;
    this.#source = source;
    this.#offsetMs = offsetOf(place, source);
    this.#looks = 0;
    this.#isLooking = false;
    source.rewind();
    source.onReady = () => this.onReady();
    const changed = source.headers.filter((header) => isConfiguration(header) && !isAmong(header, before));
    this.#headers = changed.map((message) => this.#timed(message));
    this.onReady();
  }

  #lookAgain(): void {
    this.#looks += 1;
    if (this.#looks >= MAX_LOOKS) return this.#end();
    setTimeout(
      this.#guard.entry(() => {
        if (!this.#isClosed) this.#look();
      }),
      LOOK_MS,
    );
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isLooking = false;
    this.#isOver = true;
    this.onReady();
  }
}

/** Where to begin for a position; undefined if nothing is there to be played. */
export async function placeFor(positionMs: number, files: PastFiles): Promise<PastPlace | undefined> {
  const all = await files.list();
  const last = all.findLastIndex(({ timestamp }) => ((positionMs - timestamp) | 0) >= 0);
  // If that one is gone, the next is nearest.
  for (const place of all.slice(Math.max(0, last))) {
    const source = await openOrSkip(files, place.file);
    if (source) return { place, source };
  }
  return undefined;
}

/** Where a file ends so far, in the time of the stream. Milliseconds. */
export function endOf({ place, source }: PastPlace): number {
  return offsetOf(place, source) + source.durationMs;
}

/** A file that has just begun cannot be played yet, and one that has failed may not be playable at all. */
async function openOrSkip(files: PastFiles, file: string): Promise<FileSource | undefined> {
  try {
    return await files.open(file);
  } catch {
    return undefined;
  }
}

/** MP4 files may begin with sound that is a little earlier than their first picture. */
function offsetOf({ timestamp, isSound }: PastFile, source: FileSource): number {
  return timestamp - (isSound ? 0 : source.beginningMs);
}

function isConfiguration({ type }: Message): boolean {
  return type === MessageType.audio || type === MessageType.video;
}

function isAmong({ type, payload }: Message, headers: readonly Message[]): boolean {
  return headers.some((other) => other.type === type && Buffer.compare(other.payload, payload) === 0);
}
