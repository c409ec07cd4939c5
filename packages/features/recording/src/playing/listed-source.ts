import type { MessageSource } from "@headgate/bus";
import { type FlvListing, type FlvPlace, FlvWalk, type WalkedTag } from "@headgate/flv-file";
import { isMetadata, type Message, MessageType } from "@headgate/message";
import type { Guard } from "@headgate/transport";
import type { BlockCache, ReadableFile } from "./block-cache.ts";
import { BlockReader } from "./block-reader.ts";

/** An FLV file that has not been read, but for its list of keyframes. */
export interface ListedFile extends ReadableFile {
  readonly listing: FlvListing;
}

export interface ListedSourceParts {
  readonly file: ListedFile;
  readonly cache: BlockCache;
  readonly guard: Guard;
  /** The file with an index of all of it; undefined if it is gone. */
  readonly openWhole: () => Promise<MessageSource | undefined>;
  readonly onClose: () => void;
}

/** RTMP gives a message its NetStream when it is sent. */
const NO_STREAM = 0;

/**
 * A player's place in a file that was opened by its list of keyframes. It goes from tag to tag, and jumps to what is listed. Where the
 * list turns out to be wrong, the file is read, and it goes on in that at the same time.
 */
export class ListedSource implements MessageSource {
  onReady: () => void = () => {};
  readonly #parts: ListedSourceParts;
  readonly #listing: FlvListing;
  readonly #onBlock = (): void => {
    if (!this.#isClosed) this.onReady();
  };
  readonly #reader: BlockReader;
  #place: FlvPlace;
  #walk: FlvWalk;
  /** Whether the tag at the place is still to be compared with the list. */
  #isUnproven = false;
  /** What {@link next} returns, and has returned last. */
  #tag: WalkedTag | undefined;
  #last: WalkedTag | undefined;
  /** Whether bytes are on their way, or all of the file is being read. */
  #isWaiting = false;
  /** The file with its index; `opening` while it is read. */
  #whole: MessageSource | "opening" | undefined;
  /** What its decoders need, which have been told what the list made of it. */
  #headers: Message[] = [];
  #lastHeader: Message | undefined;
  #isClosed = false;

  constructor(parts: ListedSourceParts) {
    const { file, cache } = parts;
    this.#parts = parts;
    this.#listing = file.listing;
    this.#reader = new BlockReader(file, cache, this.#onBlock);
    this.#place = file.listing.placeFor(0);
    this.#walk = new FlvWalk(this.#place, file.bytes);
  }

  get durationMs(): number {
    return this.#known?.durationMs ?? this.#listing.durationMs;
  }

  get hasVideo(): boolean {
    return this.#known?.hasVideo ?? true;
  }

  /** The end that is not known yet. */
  get isGrowing(): boolean {
    return this.#isWaiting;
  }

  get headers(): readonly Message[] {
    return this.#known?.headers ?? this.#listing.headers(this.#place);
  }

  get nextMs(): number | undefined {
    if (this.#known) return this.#known.nextMs;
    return this.#look()?.timeMs;
  }

  next(): Message | "later" | undefined {
    if (this.#known) {
      this.#lastHeader = this.#headers.shift();
      return this.#lastHeader ?? this.#known.next();
    }
    const tag = this.#look();
    if (!tag) return this.#isWaiting ? "later" : undefined;
    const payload = this.#reader.read(tag.position, tag.length);
    if (!payload) return "later";
    if (payload.length < tag.length) return undefined;
    this.#last = tag;
    this.#tag = undefined;
    return this.#message(tag, payload);
  }

  back(): void {
    if (this.#known && this.#lastHeader) this.#headers.unshift(this.#lastHeader);
    else if (this.#known) this.#known.back();
    else this.#tag = this.#last;
  }

  seek(positionMs: number): number {
    this.#headers = [];
    if (this.#known) return this.#known.seek(positionMs);
    this.#reader.release();
    this.#place = this.#listing.placeFor(positionMs);
    this.#walk = new FlvWalk(this.#place, this.#parts.file.bytes);
    this.#isUnproven = this.#place.isListed;
    this.#tag = undefined;
    this.#isWaiting = this.#whole === "opening";
    return this.#place.timeMs;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader.release();
    this.#known?.close();
    this.#parts.onClose();
  }

  get #known(): MessageSource | undefined {
    return this.#whole === "opening" ? undefined : this.#whole;
  }

  /** The next message, if what it is has been read. */
  #look(): WalkedTag | undefined {
    if (this.#isClosed || this.#whole === "opening") return undefined;
    this.#isWaiting = false;
    for (let wants = this.#walk.wants; wants && !this.#tag; wants = this.#walk.wants) {
      const bytes = this.#reader.read(wants.position, wants.length);
      this.#isWaiting = bytes === undefined;
      if (!bytes) return undefined;
      if (this.#isUnproven && !this.#listing.isRight(this.#place, bytes)) {
        this.#readWhole();
        return undefined;
      }
      this.#isUnproven = false;
      this.#tag = this.#walk.take(bytes);
    }
    return this.#tag;
  }

  #message({ type, timestamp }: WalkedTag, payload: Uint8Array): Message {
    const isReplaced = type === MessageType.dataAmf0 && isMetadata(payload);
    const own = isReplaced ? this.#listing.metadata(payload) : payload;
    return { type, timestamp, messageStreamId: NO_STREAM, payload: own };
  }

  #readWhole(): void {
    this.#whole = "opening";
    this.#isWaiting = true;
    this.#reader.release();
    const { guard, openWhole } = this.#parts;
    guard.settle(
      openWhole(),
      (source) => this.#goOnIn(source),
      () => this.#goOnIn(undefined),
    );
  }

  #goOnIn(source: MessageSource | undefined): void {
    if (this.#isClosed) return source?.close();
    this.#isWaiting = false;
    this.#whole = source;
    if (source) {
      source.onReady = this.#onBlock;
      source.seek(this.#place.timeMs);
      this.#headers = source.headers.filter(isConfiguration);
    } else this.close();
    this.onReady();
  }
}

function isConfiguration({ type }: Message): boolean {
  return type === MessageType.audio || type === MessageType.video;
}
