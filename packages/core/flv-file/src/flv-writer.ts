import { AmfDate } from "@headgate/amf";
import { PREVIOUS_TAG_SIZE_BYTES, TAG_HEADER_BYTES, writeFlvHeader } from "@headgate/flv";
import { isMetadata, type Message, MessageType } from "@headgate/message";
import { FlvIndex } from "./flv-index.ts";
import type { FlvOpening } from "./flv-opening.ts";
import { type Members, metadataPayload, NO_MEMBERS, ownMembers } from "./metadata.ts";
import {
  EMPTY_KEYFRAMES,
  type MetadataRoom,
  NO_ROOM,
  type Patch,
  patchesOf,
  readRoom,
} from "./metadata-room.ts";
import { OutputBlocks } from "./output-blocks.ts";
import { saveIndex } from "./saved-index.ts";

export interface FlvWriterOptions {
  /** The wall clock at the first message, in milliseconds since 1970: `creationdate` in the metadata of a new file. */
  readonly startedMs: number;
  /**
   * Goes on with this file, which has been opened to its end. The file is first cut to `opening.end` bytes, and what is taken
   * is written from there. Its index goes on as well.
   */
  readonly appendTo?: FlvOpening;
  /** How much later than the end of that file the first new message is. Milliseconds, 0 if left out. */
  readonly gapMs?: number;
}

/** What is left to write when a file ends: bytes to append, and then the patches. */
export interface FlvEnd {
  readonly tail: readonly Uint8Array[];
  readonly patches: readonly Patch[];
}

/** What an FLV file can hold, which is what its tag types are. */
const TAG_TYPES: ReadonlySet<number> = new Set([
  MessageType.audio,
  MessageType.video,
  MessageType.dataAmf0,
  MessageType.dataAmf3,
]);

/** When the file was begun, as Adobe's programs call it. */
const CREATION_DATE = "creationdate";

/**
 * Writes a stream into an FLV file (FLV 10.1 Annex E): every message byte for byte, at timestamps that go on from 0. The first tag is an
 * `onMetaData` with the publisher's own values and room for duration, size and a list of keyframes, which are known at the
 * end. A file that is cut off before is whole up to its last tag.
 */
export class FlvWriter {
  /** What has been written so far, also to play it meanwhile. It may be ahead of what is on the disk. */
  readonly index: FlvIndex;
  readonly #startedMs: number;
  readonly #output = new OutputBlocks();
  #bytes = 0;
  #hasBegun = false;
  #own: Members = NO_MEMBERS;
  #room: MetadataRoom = NO_ROOM;

  constructor({ startedMs, appendTo, gapMs = 0 }: FlvWriterOptions) {
    this.#startedMs = startedMs;
    this.index = appendTo?.index ?? new FlvIndex();
    if (appendTo === undefined) return;
    this.#hasBegun = true;
    this.#bytes = appendTo.end;
    this.#room = appendTo.room;
    this.index.restart(gapMs);
  }

  /** The length of the file, with what is not taken yet. */
  get bytes(): number {
    return this.#bytes;
  }

  get durationMs(): number {
    return this.index.durationMs;
  }

  /** Whether the file must end here: an index holds no more messages. */
  get isFull(): boolean {
    return this.index.isFull;
  }

  /** The payload is copied. Messages that no FLV file can hold are left out. Throws FILE_INDEX_EXCEEDED if the writer is full. */
  write(message: Message): void {
    if (!TAG_TYPES.has(message.type) || this.#isOpeningMetadata(message)) return;
    if (!this.#hasBegun) this.#begin();
    this.#append(message);
  }

  /** What is to be appended to the file since the last call. */
  take(): readonly Uint8Array[] {
    return this.#output.take();
  }

  /** Nothing can be written afterwards. */
  finish(): FlvEnd {
    if (!this.#hasBegun) this.#begin();
    return { tail: this.take(), patches: patchesOf(this.#room, this.index, this.#bytes) };
  }

  /** What is known of the file, to be kept beside it for `FlvOpening.restore`. */
  save(): Uint8Array {
    return saveIndex({ index: this.index, end: this.#bytes, room: this.#room });
  }

  /** Metadata that comes first waits, and becomes part of the first tag. */
  #isOpeningMetadata({ type, payload }: Message): boolean {
    if (this.#hasBegun || type !== MessageType.dataAmf0 || !isMetadata(payload)) return false;
    const own = ownMembers(payload, CREATION_DATE);
    if (own) this.#own = own;
    return own !== undefined;
  }

  #begin(): void {
    this.#hasBegun = true;
    // Players wait for both kinds, or leave one out, by these flags, and nobody knows what is still to come.
    const header = writeFlvHeader({ hasAudio: true, hasVideo: true });
    this.#output.append(header);
    this.#bytes = header.length;
    const payload = metadataPayload(this.#own, {
      [CREATION_DATE]: new AmfDate(this.#startedMs),
      duration: 0,
      filesize: 0,
      keyframes: EMPTY_KEYFRAMES,
    });
    this.#room = readRoom(payload, this.#bytes + TAG_HEADER_BYTES);
    this.#append({ type: MessageType.dataAmf0, timestamp: 0, payload });
  }

  #append({ type, timestamp, payload }: Pick<Message, "type" | "timestamp" | "payload">): void {
    const { length } = payload;
    const position = this.#bytes + TAG_HEADER_BYTES;
    const fileMs = this.index.add({ type, timestamp, isNew: true, position, length, payload });
    const head = this.#output.reserve(TAG_HEADER_BYTES);
    writeU32(head, 0, (type << 24) | length);
    // The low 24 bits of the time come first, the high 8 behind them; the stream id is 0.
    writeU32(head, 4, (fileMs << 8) | (fileMs >>> 24));
    head.fill(0, 8);
    this.#output.append(payload);
    writeU32(this.#output.reserve(PREVIOUS_TAG_SIZE_BYTES), 0, TAG_HEADER_BYTES + length);
    this.#bytes = position + length + PREVIOUS_TAG_SIZE_BYTES;
  }
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
