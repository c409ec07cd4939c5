import { ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import { type ChunkFormat, EXTENDED_TIMESTAMP } from "./chunk-header.ts";
import type { PayloadMemory } from "./payload-memory.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/** Memory a message gets before its bytes arrive: a declared length costs the peer nothing, so it buys nothing. */
const UNEARNED_BYTES = 4096;

/** A message gets this many times its received bytes in memory, so that one of usual length is not copied to grow. */
const GROWTH = 4;

/** One incoming chunk stream: the last header, which later ones refer to, and the unfinished message. */
export class ChunkStream {
  readonly id: number;
  /** Bytes of the current message that have arrived. */
  received = 0;
  /** Of the message, from the header. Bytes. */
  length = 0;
  /** The timestamp field if it was extended, absolute or delta as that header had it. */
  extendedTimestamp = 0;
  inMessage = false;

  #type = 0;
  #messageStreamId = 0;
  #timestamp = 0;
  #timestampField = 0;
  #fieldIsAbsolute = false;
  #payload: Uint8Array = NOTHING;
  readonly #mediaMemory: PayloadMemory | undefined;

  /** Without `mediaMemory`, media has memory of its own as other messages have. */
  constructor(id: number, mediaMemory?: PayloadMemory) {
    this.id = id;
    this.#mediaMemory = mediaMemory;
  }

  /** What has been received of the current message, and room for more. */
  get payload(): Uint8Array {
    return this.#payload;
  }

  /** Where the payload of the current message is gathered, if that is used again for later ones. */
  get reusedMemory(): PayloadMemory | undefined {
    const isMedia = this.#type === MessageType.audio || this.#type === MessageType.video;
    return isMedia ? this.#mediaMemory : undefined;
  }

  /** Memory held for the unfinished message, in bytes. */
  get heldBytes(): number {
    return this.#payload.length;
  }

  /**
   * Takes over the fields of a message header that follows `at` bytes of basic header. Tells whether an extended
   * timestamp comes next: a new one, or the repetition of the last.
   */
  readHeader(format: ChunkFormat, header: Uint8Array, at: number): "new" | "repeated" | undefined {
    if (this.inMessage) this.#checkContinuation(format, header, at);
    else this.#readMessageFields(format, header, at);
    if (format < 3) this.#timestampField = u24(header, at);
    if (this.#timestampField !== EXTENDED_TIMESTAMP) return undefined;
    return format === 3 ? "repeated" : "new";
  }

  beginMessage(): void {
    const field = this.#timestampField === EXTENDED_TIMESTAMP ? this.extendedTimestamp : this.#timestampField;
    this.#timestamp = this.#fieldIsAbsolute ? field : (this.#timestamp + field) >>> 0;
    this.received = 0;
    this.inMessage = true;
  }

  /** Memory that will be held once so many more bytes of payload have been received. */
  heldBytesAfter(count: number): number {
    const held = this.#payload.length;
    const needed = this.received + count;
    if (needed <= held) return held;
    const earned = Math.min(this.length, Math.max(GROWTH * needed, UNEARNED_BYTES));
    return this.reusedMemory?.sizeFor(earned) ?? earned;
  }

  receive(input: Uint8Array, at: number, count: number): void {
    const capacity = this.heldBytesAfter(count);
    if (capacity > this.#payload.length) this.#grow(capacity);
    this.#payload.set(input.subarray(at, at + count), this.received);
    this.received += count;
  }

  /** The message, which is whole. */
  takeMessage(payload: Uint8Array = this.#payload): Message {
    this.#payload = NOTHING;
    this.received = 0;
    this.inMessage = false;
    return {
      type: this.#type,
      timestamp: this.#timestamp,
      messageStreamId: this.#messageStreamId,
      payload,
    };
  }

  /** Forgets the unfinished message; the header stays for later ones to refer to (RTMP 1.0 §5.4.2). */
  abort(): void {
    if (this.#payload !== NOTHING) this.reusedMemory?.giveBack(this.#payload);
    this.#payload = NOTHING;
    this.received = 0;
    this.inMessage = false;
  }

  #readMessageFields(format: ChunkFormat, header: Uint8Array, at: number): void {
    if (format < 2) {
      this.length = u24(header, at + 3);
      this.#type = header[at + 6]!;
    }
    if (format === 0) {
      this.#messageStreamId =
        (header[at + 7]! | (header[at + 8]! << 8) | (header[at + 9]! << 16) | (header[at + 10]! << 24)) >>> 0;
    }
    // A format 3 header that begins a message adds the last field again, even one that was absolute (§5.3.1.2.4).
    this.#fieldIsAbsolute = format === 0;
  }

  /** Besides format 3, some encoders continue a message with a format 1 header that repeats its length and type. */
  #checkContinuation(format: ChunkFormat, header: Uint8Array, at: number): void {
    const repeats = format === 1 && u24(header, at + 3) === this.length && header[at + 6] === this.#type;
    if (format !== 3 && !repeats) {
      throw new ProtocolError(
        "CHUNK_INTERRUPTED",
        `a format ${format} header on chunk stream ${this.id} after ${this.received} of ${this.length} bytes of a message`,
      );
    }
  }

  #grow(capacity: number): void {
    const grown = this.reusedMemory?.take(capacity) ?? new Uint8Array(capacity);
    grown.set(this.#payload.subarray(0, this.received));
    if (this.#payload !== NOTHING) this.reusedMemory?.giveBack(this.#payload);
    this.#payload = grown;
  }
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
