import { type Message, MessageType } from "@headgate/message";
import { EXTENDED_TIMESTAMP, EXTENDED_TIMESTAMP_LENGTH } from "./chunk-header.ts";
import {
  type ChunkedMessage,
  chunkedLength,
  MESSAGE_STREAM_ID_OFFSET,
  writeChunks,
  writeMessageStreamId,
} from "./chunk-writer.ts";

/** The NetStream entries are written for: nearly every player uses just this one. */
const SHARED_NET_STREAM_ID = 1;

/** The chunk streams of entries; a connection's own messages use others (2, 3 and 8). */
const ChunkStreamId = { data: 4, audio: 5, video: 6 } as const;

/** A basic header of one byte and a message header of format 0 (RTMP 1.0 §5.3.1). */
const HEADER_LENGTH = 12;
const TIMESTAMP_OFFSET = 1;
const LENGTH_OFFSET = 4;
const TYPE_OFFSET = 7;
const LITTLE_ENDIAN = true;

/**
 * Frames the messages of a stream as chunks, once for all of its viewers. Each message is an entry that begins with a format 0
 * header, so a viewer can begin at any.
 */
export class RtmpFraming {
  readonly netStreamId: number = SHARED_NET_STREAM_ID;
  readonly #chunkSize: number;

  /** All viewers are told this chunk size. Bytes. */
  constructor(chunkSize: number) {
    this.#chunkSize = chunkSize;
  }

  entryLength(message: Message): number {
    return chunkedLength(chunkedMessage(message), this.#chunkSize);
  }

  /** Writes an entry at `at` and returns the offset after it. */
  write(target: Uint8Array, at: number, message: Message): number {
    return writeChunks(target, at, chunkedMessage(message), this.#chunkSize);
  }

  /** Reads an entry back. The payload of a message that is one chunk is a view of it. */
  read(entry: Uint8Array): Message {
    const view = new DataView(entry.buffer, entry.byteOffset, entry.length);
    const timestamp = view.getUint32(TIMESTAMP_OFFSET) >>> 8;
    const isExtended = timestamp === EXTENDED_TIMESTAMP;
    const length = view.getUint32(LENGTH_OFFSET) >>> 8;
    const extendedLength = isExtended ? EXTENDED_TIMESTAMP_LENGTH : 0;
    const chunks = entry.subarray(HEADER_LENGTH + extendedLength);
    return {
      type: view.getUint8(TYPE_OFFSET),
      timestamp: isExtended ? view.getUint32(HEADER_LENGTH) : timestamp,
      messageStreamId: view.getUint32(MESSAGE_STREAM_ID_OFFSET, LITTLE_ENDIAN),
      payload: length <= this.#chunkSize ? chunks : this.#joined(chunks, length, 1 + extendedLength),
    };
  }

  /** Makes the copy of an entry one for another NetStream. */
  address(entry: Uint8Array, netStreamId: number): void {
    writeMessageStreamId(entry, MESSAGE_STREAM_ID_OFFSET, netStreamId);
  }

  /** The payload of several chunks without the headers between them. */
  #joined(chunks: Uint8Array, length: number, headerLength: number): Uint8Array {
    const payload = new Uint8Array(length);
    const step = this.#chunkSize + headerLength;
    for (let from = 0, at = 0; at < length; from += step, at += this.#chunkSize) {
      payload.set(chunks.subarray(from, from + this.#chunkSize), at);
    }
    return payload;
  }
}

function chunkedMessage({ type, timestamp, payload }: Message): ChunkedMessage {
  return {
    format: 0,
    chunkStreamId: chunkStreamIdFor(type),
    timestamp,
    type,
    messageStreamId: SHARED_NET_STREAM_ID,
    payload,
  };
}

function chunkStreamIdFor(type: number): number {
  if (type === MessageType.audio) return ChunkStreamId.audio;
  return type === MessageType.video ? ChunkStreamId.video : ChunkStreamId.data;
}
