import { ProtocolError } from "@headgate/bytes";
import {
  FLV_HEADER_BYTES,
  FLV_TAG_TYPE,
  FLV_VERSION,
  PREVIOUS_TAG_SIZE_BYTES,
  TAG_HEADER_BYTES,
} from "@headgate/flv";
import { isMetadata } from "@headgate/message";
import { FlvIndex } from "./flv-index.ts";
import { MAX_FILE_HEADER_BYTES, MAX_READ_BYTES } from "./limits.ts";
import { type MetadataRoom, NO_ROOM, readRoom } from "./metadata-room.ts";
import { loadIndex, saveIndex } from "./saved-index.ts";
import { tagAt, u32At } from "./tag-at.ts";

/** Which bytes of a file are to be read next. */
export interface Wanted {
  readonly position: number;
  readonly length: number;
}

const SIGNATURE_AND_VERSION = 0x464c5600 | FLV_VERSION;
const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(FLV_TAG_TYPE));

/** Bits of a tag's first byte (FLV 10.1 §E.4.1). */
const TYPE_MASK = 0x1f;
const ENCRYPTED = 0x20;
const RESERVED = 0xc0;

/** What is kept of a payload that is longer than what is read at once: enough for its header. Bytes. */
const LOOK_BYTES = 1024;

/** A tag that is too long to be in one block. */
interface LongTag {
  readonly head: Uint8Array;
  readonly size: number;
}

/**
 * Opens an FLV file (FLV 10.1 Annex E) without its metadata's help, which is missing or wrong in many files: walks from tag to
 * tag through the whole file. The caller reads what it `wants` and calls feed() until it wants nothing; what is fed is fewer
 * bytes only at the end of the file. The file ends with its last whole tag, or where something else than tags begins.
 *
 * Tags with encrypted payloads are left out. feed() throws FLV_INVALID if this is no FLV file, or if nothing of it can be
 * played, and FILE_INDEX_EXCEEDED.
 */
export class FlvOpening {
  readonly index: FlvIndex;
  #wants: Wanted | undefined = { position: 0, length: MAX_READ_BYTES };
  /** Where the next tag begins; 0 while the header of the file has not been read. */
  #at = 0;
  #firstTag = 0;
  #long: LongTag | undefined;
  #room = NO_ROOM;
  #hasTags = false;
  #hasEncryptedTags = false;

  constructor(index: FlvIndex = new FlvIndex()) {
    this.index = index;
  }

  /**
   * The file as it was when {@link save} was called; it wants what has come since. Undefined if what was saved cannot be used.
   * The caller knows, by time and length of the file, that it is still the same.
   */
  static restore(saved: Uint8Array): FlvOpening | undefined {
    const known = loadIndex(saved);
    if (known === undefined) return undefined;
    const opening = new FlvOpening(known.index);
    opening.#at = known.end;
    opening.#room = known.room;
    opening.#hasTags = true;
    opening.#wants = { position: known.end, length: MAX_READ_BYTES };
    return opening;
  }

  get wants(): Wanted | undefined {
    return this.#wants;
  }

  /** Behind the last whole tag. */
  get end(): number {
    return this.#at;
  }

  /** Where the first tag begins. */
  get firstTag(): number {
    return this.#firstTag;
  }

  /** Where the metadata of the first tag can be patched. */
  get room(): MetadataRoom {
    return this.#room;
  }

  /** The file has grown: wants what has come since. */
  extend(): void {
    this.#wants ??= { position: this.#at, length: MAX_READ_BYTES };
  }

  /** What is known of the file so far, to be kept beside it for {@link restore}. */
  save(): Uint8Array {
    return saveIndex(this);
  }

  /** The bytes may be used for something else afterwards. */
  feed(bytes: Uint8Array): void {
    const wants = this.#wants;
    if (wants === undefined) return;
    const isLast = bytes.length < wants.length;
    if (this.#at === 0) this.#firstTag = this.#at = readHeader(bytes);
    const goesOn = this.#endLong(bytes) && this.#walk(bytes, wants.position, isLast);
    if (!goesOn || isLast) return this.#end(goesOn);
    const skipped = this.#long === undefined ? 0 : TAG_HEADER_BYTES + this.#long.size;
    this.#wants = { position: this.#at + skipped, length: MAX_READ_BYTES };
  }

  /** Takes in all tags that are whole in a block. False where something else begins. */
  #walk(bytes: Uint8Array, base: number, isLast: boolean): boolean {
    let offset = this.#at - base;
    // Before the block lies a long tag that the file ends within.
    if (offset < 0) return true;
    while (bytes.length - offset >= TAG_HEADER_BYTES) {
      const size = u32At(bytes, offset) & 0xffffff;
      const end = offset + TAG_HEADER_BYTES + size;
      if (end + PREVIOUS_TAG_SIZE_BYTES > bytes.length) {
        if (isLast) return isKnown(bytes[offset]!);
        if (offset === 0) this.#long = { head: headOf(bytes), size };
        break;
      }
      if (!this.#take(bytes.subarray(offset, end), size, u32At(bytes, end))) return false;
      offset = end + PREVIOUS_TAG_SIZE_BYTES;
      this.#at = base + offset;
    }
    return true;
  }

  /** The bytes behind a long tag, if there is one, have come. False if they have not, or the tag is none. */
  #endLong(bytes: Uint8Array): boolean {
    if (this.#long === undefined) return true;
    const { head, size } = this.#long;
    this.#long = undefined;
    if (bytes.length < PREVIOUS_TAG_SIZE_BYTES) return true;
    if (!this.#take(head, size, u32At(bytes, 0))) return false;
    this.#at += TAG_HEADER_BYTES + size + PREVIOUS_TAG_SIZE_BYTES;
    return true;
  }

  /** `tag` is all of a tag or its beginning. False if it is no tag: its type is unknown, and what is said to be its size is not. */
  #take(tag: Uint8Array, size: number, previousTagSize: number): boolean {
    const first = tag[0]!;
    if (!isKnown(first)) return previousTagSize === TAG_HEADER_BYTES + size;
    if ((first & ENCRYPTED) !== 0) this.#hasEncryptedTags = true;
    else this.#index(first & TYPE_MASK, tag, size);
    this.#hasTags = true;
    return true;
  }

  #index(type: number, tag: Uint8Array, size: number): void {
    const payload = tag.subarray(TAG_HEADER_BYTES);
    const position = this.#at + TAG_HEADER_BYTES;
    const { timestamp } = tagAt(tag)!;
    const isMetadataTag = type === FLV_TAG_TYPE.script && payload.length === size && isMetadata(payload);
    if (!this.#hasTags && isMetadataTag) this.#room = readRoom(payload, position);
    this.index.add({
      type,
      timestamp,
      isNew: false,
      position,
      length: size,
      payload,
    });
  }

  #end(isWhole: boolean): void {
    this.#wants = undefined;
    if (this.index.count > 0) return;
    if (this.#hasEncryptedTags)
      throw new ProtocolError("FLV_INVALID", "the payload of all tags is encrypted");
    if (!isWhole && !this.#hasTags) {
      throw new ProtocolError("FLV_INVALID", "no tag follows the file header");
    }
  }
}

/** Where the first tag begins. */
function readHeader(bytes: Uint8Array): number {
  if (bytes.length < FLV_HEADER_BYTES || u32At(bytes, 0) !== SIGNATURE_AND_VERSION) {
    throw new ProtocolError("FLV_INVALID", "does not begin with the signature and version of an FLV file");
  }
  const dataOffset = u32At(bytes, 5);
  if (dataOffset < FLV_HEADER_BYTES || dataOffset > MAX_FILE_HEADER_BYTES) {
    throw new ProtocolError("FLV_INVALID", `a file header of ${dataOffset} bytes`);
  }
  const at = dataOffset + PREVIOUS_TAG_SIZE_BYTES;
  if (bytes.length < at) throw new ProtocolError("FLV_INVALID", "ends within the file header");
  return at;
}

function isKnown(first: number): boolean {
  return (first & RESERVED) === 0 && KNOWN_TYPES.has(first & TYPE_MASK);
}

function headOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, TAG_HEADER_BYTES + LOOK_BYTES);
}
