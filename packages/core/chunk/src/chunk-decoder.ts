import { ProtocolError } from "@headgate/bytes";
import { type Message, MessageType, readControlValue, readSetChunkSize } from "@headgate/message";
import {
  basicHeaderLengthFrom,
  type ChunkFormat,
  EXTENDED_TIMESTAMP_LENGTH,
  INITIAL_CHUNK_SIZE,
  MAX_HEADER_LENGTH,
  messageHeaderLength,
  readChunkStreamId,
} from "./chunk-header.ts";
import { ChunkStream } from "./chunk-stream.ts";
import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from "./limits.ts";
import type { PayloadMemory } from "./payload-memory.ts";

const NOTHING: Uint8Array = new Uint8Array(0);
const CONTINUE = Symbol("continue");
const State = { header: 0, extendedTimestamp: 1, repeatedTimestamp: 2, payload: 3 } as const;

/**
 * Turns the bytes of a peer into messages (RTMP 1.0 §5.3). Push input, then take messages until there are none:
 *
 *     decoder.push(bytes);
 *     for (let message = decoder.next(); message; message = decoder.next()) …
 *
 * SetChunkSize and Abort concern only chunks: they take effect here and are not returned. The decoder keeps a reference
 * to the pushed bytes until `next` returns undefined or {@link keep} is called; the payloads it returns are memory of their own,
 * but for audio and video of a decoder with `mediaMemory`: those are valid until the next call.
 */
export class ChunkDecoder {
  #limits: ChunkLimits;
  readonly #streams = new Map<number, ChunkStream>();
  #chunkSize = INITIAL_CHUNK_SIZE;
  #partialBytes = 0;

  #input: Uint8Array = NOTHING;
  #at = 0;

  #state: number = State.header;
  readonly #header = new Uint8Array(MAX_HEADER_LENGTH);
  #headerLength = 0;
  #stream: ChunkStream | undefined;
  #left = 0;

  readonly #mediaMemory: PayloadMemory | undefined;
  /** The memory of the message returned last, if it is used again. */
  #lent: Uint8Array | undefined;

  constructor(limits: ChunkLimits = DEFAULT_CHUNK_LIMITS, mediaMemory?: PayloadMemory) {
    this.#limits = limits;
    this.#mediaMemory = mediaMemory;
  }

  /** Memory held for messages that have not yet arrived whole, in bytes. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /** The peer's chunk size, in bytes. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** Input pushed but not yet taken by `next`, in bytes. */
  get pendingBytes(): number {
    return this.#input.length - this.#at;
  }

  /** Applies from now on; messages already held stay. */
  useLimits(limits: ChunkLimits): void {
    this.#limits = limits;
  }

  push(bytes: Uint8Array): void {
    this.#input = this.pendingBytes === 0 ? bytes : concat(this.#input.subarray(this.#at), bytes);
    this.#at = 0;
  }

  /** Copies input pushed but not yet taken: the caller may use its memory again. */
  keep(): void {
    this.#input = this.pendingBytes > 0 ? new Uint8Array(this.#input.subarray(this.#at)) : NOTHING;
    this.#at = 0;
  }

  /** The next whole message, or undefined if more bytes are needed. Throws ProtocolError CHUNK_* and MESSAGE_*. */
  next(): Message | undefined {
    if (this.#lent) this.#mediaMemory?.giveBack(this.#lent);
    this.#lent = undefined;
    for (;;) {
      const message = this.#step();
      if (message === CONTINUE) continue;
      if (message === undefined) {
        this.#input = NOTHING;
        this.#at = 0;
        return undefined;
      }
      if (message.type === MessageType.setChunkSize) this.#chunkSize = readSetChunkSize(message.payload);
      else if (message.type === MessageType.abort) this.#abort(readControlValue(message.payload));
      else return message;
    }
  }

  #step(): Message | typeof CONTINUE | undefined {
    if (this.#state === State.payload) return this.#readPayload();
    if (this.pendingBytes === 0) return undefined;
    if (this.#state === State.header) return this.#readHeader();
    if (this.#state === State.extendedTimestamp) return this.#readExtendedTimestamp();
    return this.#readRepeatedTimestamp();
  }

  /** Collects basic and message header, which may arrive in any number of pieces. */
  #readHeader(): typeof CONTINUE | undefined {
    const first = this.#headerLength > 0 ? this.#header[0]! : this.#input[this.#at]!;
    const format = (first >> 6) as ChunkFormat;
    const basicLength = basicHeaderLengthFrom(first);
    if (!this.#collect(basicLength + messageHeaderLength(format))) return undefined;
    const stream = this.#streamFor(readChunkStreamId(this.#header), format);
    this.#stream = stream;
    const extended = stream.readHeader(format, this.#header, basicLength);
    this.#headerLength = 0;
    if (!extended) return this.#beginChunk(stream);
    this.#state = extended === "repeated" ? State.repeatedTimestamp : State.extendedTimestamp;
    return CONTINUE;
  }

  #readExtendedTimestamp(): typeof CONTINUE | undefined {
    if (!this.#collect(EXTENDED_TIMESTAMP_LENGTH)) return undefined;
    const header = this.#header;
    this.#headerLength = 0;
    this.#stream!.extendedTimestamp =
      ((header[0]! << 24) | (header[1]! << 16) | (header[2]! << 8) | header[3]!) >>> 0;
    return this.#beginChunk(this.#stream!);
  }

  /**
   * Old encoders do not repeat the extended timestamp in format 3 chunks, although RTMP 1.0 §5.3.1.3 asks for it: four
   * bytes that differ from the last extended timestamp are payload already.
   */
  #readRepeatedTimestamp(): typeof CONTINUE | undefined {
    const expected = this.#stream!.extendedTimestamp;
    while (this.#headerLength < EXTENDED_TIMESTAMP_LENGTH) {
      const byte = this.#input[this.#at];
      if (byte === undefined) return undefined;
      if (byte !== ((expected >>> (24 - 8 * this.#headerLength)) & 0xff)) {
        this.#unread();
        break;
      }
      this.#header[this.#headerLength++] = byte;
      this.#at += 1;
    }
    this.#headerLength = 0;
    return this.#beginChunk(this.#stream!);
  }

  #beginChunk(stream: ChunkStream): typeof CONTINUE {
    if (!stream.inMessage) {
      stream.beginMessage();
      if (stream.length > this.#limits.maxMessageBytes) {
        throw new ProtocolError(
          "MESSAGE_TOO_LONG",
          `message of ${stream.length} bytes on chunk stream ${stream.id}; the limit is ${this.#limits.maxMessageBytes}`,
        );
      }
    }
    this.#left = Math.min(stream.length - stream.received, this.#chunkSize);
    this.#state = State.payload;
    return CONTINUE;
  }

  #readPayload(): Message | typeof CONTINUE | undefined {
    const stream = this.#stream!;
    const available = Math.min(this.#left, this.pendingBytes);
    if (available === stream.length && stream.reusedMemory) return this.#takeFromInput(stream);
    if (available > 0) {
      this.#reserve(stream, available);
      stream.receive(this.#input, this.#at, available);
      this.#at += available;
      this.#left -= available;
    }
    if (this.#left > 0) return undefined;
    this.#state = State.header;
    if (stream.received < stream.length) return CONTINUE;
    this.#partialBytes -= stream.heldBytes;
    if (!stream.reusedMemory) return stream.takeMessage();
    this.#lent = stream.payload;
    return stream.takeMessage(stream.payload.subarray(0, stream.length));
  }

  /** A message in a single chunk that has arrived whole. */
  #takeFromInput(stream: ChunkStream): Message {
    const payload = this.#input.subarray(this.#at, this.#at + stream.length);
    this.#at += stream.length;
    this.#left = 0;
    this.#state = State.header;
    return stream.takeMessage(payload);
  }

  /** Counts the memory that so many more bytes of payload will take, before it is taken. */
  #reserve(stream: ChunkStream, count: number): void {
    const partialBytes = this.#partialBytes + stream.heldBytesAfter(count) - stream.heldBytes;
    if (partialBytes > this.#limits.maxPartialBytes) {
      throw new ProtocolError(
        "CHUNK_BUFFER_EXCEEDED",
        `unfinished messages would hold ${partialBytes} bytes; the limit is ${this.#limits.maxPartialBytes}`,
      );
    }
    this.#partialBytes = partialBytes;
  }

  #abort(chunkStreamId: number): void {
    const stream = this.#streams.get(chunkStreamId);
    if (!stream?.inMessage) return;
    this.#partialBytes -= stream.heldBytes;
    stream.abort();
  }

  #streamFor(id: number, format: ChunkFormat): ChunkStream {
    const known = this.#streams.get(id);
    if (known) return known;
    if (format >= 2) {
      throw new ProtocolError(
        "CHUNK_HEADER_MISSING",
        `chunk stream ${id} begins with a format ${format} header, which refers to a previous one`,
      );
    }
    if (this.#streams.size >= this.#limits.maxChunkStreams) {
      throw new ProtocolError(
        "CHUNK_STREAMS_EXCEEDED",
        `chunk stream ${id} would be one more than the limit of ${this.#limits.maxChunkStreams}`,
      );
    }
    const stream = new ChunkStream(id, this.#mediaMemory);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Moves input into the header until it has `length` bytes. */
  #collect(length: number): boolean {
    while (this.#headerLength < length) {
      const byte = this.#input[this.#at];
      if (byte === undefined) return false;
      this.#header[this.#headerLength++] = byte;
      this.#at += 1;
    }
    return true;
  }

  /** Gives the collected header bytes back to the input, across the border of two pieces if need be. */
  #unread(): void {
    if (this.#at >= this.#headerLength) {
      this.#at -= this.#headerLength;
      return;
    }
    this.#input = concat(this.#header.subarray(0, this.#headerLength), this.#input.subarray(this.#at));
    this.#at = 0;
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
