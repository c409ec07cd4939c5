import type { Message } from "@headgate/message";
import { type ChunkFormat, EXTENDED_TIMESTAMP, INITIAL_CHUNK_SIZE } from "./chunk-header.ts";
import { chunkedLength, writeChunks } from "./chunk-writer.ts";

/** The fields of a chunk stream that the peer remembers, which a shorter header may leave out. */
interface SentHeader {
  timestamp: number;
  /** Undefined after a format 0 header, whose field readers add differently when it is repeated by format 3. */
  delta: number | undefined;
  length: number;
  type: number;
  messageStreamId: number;
}

/**
 * Turns messages into chunks with the shortest header that every known reader understands alike (RTMP 1.0 §5.3): going
 * backward in time and changing the message stream take format 0; so does a delta that would have to be extended, which
 * SRS reads as absolute. Format 3 never follows format 0 directly, because nginx-rtmp reads that as a delta of 0 and
 * all others as the timestamp itself.
 */
export class ChunkEncoder {
  #chunkSize = INITIAL_CHUNK_SIZE;
  readonly #sent = new Map<number, SentHeader>();

  /** Call it right after the SetChunkSize message has been encoded. Bytes. */
  useChunkSize(chunkSize: number): void {
    this.#chunkSize = chunkSize;
  }

  encode(message: Message, chunkStreamId: number): Uint8Array {
    const previous = this.#sent.get(chunkStreamId);
    const delta = previous ? (message.timestamp - previous.timestamp) >>> 0 : 0;
    const format = previous ? formatAfter(previous, message, delta) : 0;
    this.#remember(chunkStreamId, message, format === 0 ? undefined : delta);
    const { type, messageStreamId, payload } = message;
    const timestamp = format === 0 ? message.timestamp : delta;
    const chunked = { format, chunkStreamId, timestamp, type, messageStreamId, payload };
    const bytes = new Uint8Array(chunkedLength(chunked, this.#chunkSize));
    writeChunks(bytes, 0, chunked, this.#chunkSize);
    return bytes;
  }

  #remember(chunkStreamId: number, message: Message, delta: number | undefined): void {
    const { timestamp, type, messageStreamId, payload } = message;
    this.#sent.set(chunkStreamId, { timestamp, delta, length: payload.length, type, messageStreamId });
  }
}

function formatAfter(previous: SentHeader, message: Message, delta: number): ChunkFormat {
  // Backward in time is a delta of 2^31 and more, modulo 2^32 (RTMP 1.0 §4).
  if (message.messageStreamId !== previous.messageStreamId || delta >= EXTENDED_TIMESTAMP) return 0;
  if (message.payload.length !== previous.length || message.type !== previous.type) return 1;
  return delta === previous.delta ? 3 : 2;
}
