import { ByteWriter } from "@headgate/bytes";
import type { Message } from "@headgate/message";
import { abort, acknowledgement, setChunkSize } from "@headgate/message";
import type { Random } from "@headgate/testkit";
import {
  type ChunkFormat,
  EXTENDED_TIMESTAMP,
  INITIAL_CHUNK_SIZE,
  MAX_HEADER_LENGTH,
} from "./chunk-header.ts";
import { joined } from "./decode-all.test.helper.ts";

const CHUNK_STREAM_IDS = [3, 4, 63, 64, 319, 320, 65599] as const;
const CHUNK_SIZES = [4, 5, 100, 127, 128, 129, 1000, 4096, 0xffffff] as const;
const LENGTHS = [0, 1, 3, 127, 128, 129, 300, 5000] as const;
const TIMESTAMP_FIELDS = [0, 1, 20, 0xfffffe, 0xffffff, 0x1000000, 0xfffffff0] as const;
const STEPS = 120;

/** A chunk stream as its writer remembers it. */
interface OutgoingStream extends Message {
  readonly id: number;
  timestampField: number;
  timestamp: number;
  type: number;
  messageStreamId: number;
  payload: Uint8Array;
  written: number;
  inMessage: boolean;
}

/**
 * The chunks of a peer that uses all the format allows and our own encoder does not: messages interleaved, every header
 * wherever it may stand, aborted messages, both forms of a basic header, and extended timestamps not repeated.
 */
export class RandomChunks {
  /** What a decoder must make of {@link bytes}. */
  readonly messages: Message[] = [];
  readonly #random: Random;
  readonly #repeatsExtended: boolean;
  readonly #streams = new Map<number, OutgoingStream>();
  readonly #pieces: Uint8Array[] = [];
  #chunkSize = INITIAL_CHUNK_SIZE;

  constructor(random: Random, options: { readonly repeatsExtended: boolean }) {
    this.#random = random;
    this.#repeatsExtended = options.repeatsExtended;
    for (let step = 0; step < STEPS; step += 1) this.#step();
    for (const stream of this.#streams.values()) while (stream.inMessage) this.#writeChunk(stream, 3);
    // Without it, a reader could not tell whether the last few bytes are payload or half a repeated timestamp.
    this.#writeControl(acknowledgement(0));
    this.messages.push(acknowledgement(0));
  }

  get bytes(): Uint8Array {
    return joined(this.#pieces);
  }

  #step(): void {
    const id = this.#random.pick(CHUNK_STREAM_IDS);
    const stream = this.#streams.get(id);
    const choice = this.#random.below(12);
    if (choice === 0) this.#changeChunkSize();
    else if (choice === 1) this.#abort(id);
    else if (stream?.inMessage) this.#writeChunk(stream, this.#random.pick([3, 3, 3, 1]));
    else if (stream) this.#begin(stream, this.#random.pick([0, 1, 2, 3]));
    else this.#begin(this.#open(id), this.#random.pick([0, 1]));
  }

  #changeChunkSize(): void {
    const chunkSize = this.#random.pick(CHUNK_SIZES);
    this.#writeControl(setChunkSize(chunkSize));
    this.#chunkSize = chunkSize;
  }

  #abort(id: number): void {
    this.#writeControl(abort(id));
    const stream = this.#streams.get(id);
    if (stream) stream.inMessage = false;
  }

  #open(id: number): OutgoingStream {
    const fields = { type: 0, messageStreamId: 0, payload: new Uint8Array(0), written: 0, inMessage: false };
    const stream: OutgoingStream = { id, timestampField: 0, timestamp: 0, ...fields };
    this.#streams.set(id, stream);
    return stream;
  }

  #begin(stream: OutgoingStream, format: ChunkFormat): void {
    const random = this.#random;
    if (format < 3) stream.timestampField = random.pick(TIMESTAMP_FIELDS);
    if (format < 2) stream.type = random.pick([8, 9, 18, 20]);
    if (format === 0) stream.messageStreamId = random.pick([0, 1, 0xfffefdfc]);
    const from = format === 0 ? 0 : stream.timestamp;
    stream.timestamp = (from + stream.timestampField) >>> 0;
    stream.payload = random.bytes(format < 2 ? random.pick(LENGTHS) : stream.payload.length);
    stream.written = 0;
    stream.inMessage = true;
    this.#writeChunk(stream, format);
  }

  #writeChunk(stream: OutgoingStream, format: ChunkFormat): void {
    const { type, timestamp, messageStreamId, payload, timestampField } = stream;
    const header = this.#basicHeader(stream.id, format);
    if (format < 3) header.u24(Math.min(timestampField, EXTENDED_TIMESTAMP));
    if (format < 2) header.u24(payload.length).u8(type);
    if (format === 0) header.u32LittleEndian(messageStreamId);
    const mayBeExtended = format < 3 || this.#repeatsExtended;
    if (mayBeExtended && timestampField >= EXTENDED_TIMESTAMP) header.u32(timestampField);
    const end = Math.min(stream.written + this.#chunkSize, payload.length);
    this.#pieces.push(header.finish(), payload.subarray(stream.written, end));
    stream.written = end;
    if (end < payload.length) return;
    stream.inMessage = false;
    this.messages.push({ type, timestamp, messageStreamId, payload });
  }

  #basicHeader(id: number, format: ChunkFormat): ByteWriter {
    const header = new ByteWriter(MAX_HEADER_LENGTH);
    const bits = format << 6;
    if (id < 64) return header.u8(bits | id);
    const rest = id - 64;
    if (id < 320 && this.#random.below(2) === 0) return header.u8(bits).u8(rest);
    return header
      .u8(bits | 1)
      .u8(rest & 0xff)
      .u8(rest >>> 8);
  }

  #writeControl({ type, payload }: Message): void {
    const header = new ByteWriter(MAX_HEADER_LENGTH).u8(2).u24(0).u24(payload.length).u8(type).u32(0);
    this.#pieces.push(header.finish(), payload);
  }
}
