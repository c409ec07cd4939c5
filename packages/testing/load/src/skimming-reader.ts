/** How much is kept of an audio or video message: its mark is at the beginning. Bytes. */
const MEDIA_HEAD_BYTES = 32;

/** How much is kept of any other message; the commands a viewer waits for are shorter. Bytes. */
const OTHER_HEAD_BYTES = 1024;

const SET_CHUNK_SIZE = 1;
const AUDIO = 8;
const VIDEO = 9;

/** A chunk stream: its last header, and how far its message has come. */
interface ChunkStream {
  length: number;
  type: number;
  isExtended: boolean;
  missing: number;
  head: Uint8Array;
  headLength: number;
}

/**
 * Reads a chunk stream without looking at most of it: of each message it hands out the first bytes, and it steps over the
 * rest. Decoding all of it would cost a viewer more than it costs the server to send it (RTMP 1.0 §5.3.1).
 */
export class SkimmingReader {
  readonly #onMessage: (type: number, head: Uint8Array) => void;
  readonly #streams = new Map<number, ChunkStream>();
  #chunkSize = 128;
  readonly #header = new Uint8Array(18);
  #headerLength = 0;
  /** The stream whose chunk is being read, and how many bytes of that are still to come. */
  #stream: ChunkStream | undefined;
  #chunkLeft = 0;

  /** The head is not to be kept. */
  constructor(onMessage: (type: number, head: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#stream) {
        at = this.#readPayload(this.#stream, bytes, at);
      } else {
        this.#header[this.#headerLength++] = bytes[at++]!;
        if (this.#headerLength === this.#neededHeaderLength()) this.#beginChunk();
      }
    }
  }

  get #format(): number {
    return this.#header[0]! >> 6;
  }

  get #basicLength(): number {
    const low = this.#header[0]! & 63;
    return low === 0 ? 2 : low === 1 ? 3 : 1;
  }

  #neededHeaderLength(): number {
    const basic = this.#basicLength;
    const length = basic + [11, 7, 3, 0][this.#format]!;
    if (this.#headerLength < length) return length;
    return this.#isExtended(basic) ? length + 4 : length;
  }

  #isExtended(basic: number): boolean {
    if (this.#format === 3) return this.#streams.get(this.#chunkStreamId(basic))?.isExtended ?? false;
    const [a, b, c] = this.#header.subarray(basic, basic + 3);
    return a === 255 && b === 255 && c === 255;
  }

  #chunkStreamId(basic: number): number {
    const [first = 0, second = 0, third = 0] = this.#header;
    return basic === 1 ? first & 63 : basic === 2 ? 64 + second : 64 + second + 256 * third;
  }

  #beginChunk(): void {
    const basic = this.#basicLength;
    const id = this.#chunkStreamId(basic);
    let stream = this.#streams.get(id);
    if (!stream) {
      stream = { length: 0, type: 0, isExtended: false, missing: 0, head: NOTHING, headLength: 0 };
      this.#streams.set(id, stream);
    }
    if (stream.missing === 0) this.#beginMessage(stream, basic);
    this.#headerLength = 0;
    this.#chunkLeft = Math.min(this.#chunkSize, stream.missing);
    this.#stream = stream;
    if (this.#chunkLeft === 0) this.#endChunk(stream);
  }

  #beginMessage(stream: ChunkStream, basic: number): void {
    stream.isExtended = this.#isExtended(basic);
    if (this.#format < 2) {
      const [a = 0, b = 0, c = 0, type = 0] = this.#header.subarray(basic + 3, basic + 7);
      stream.length = (a << 16) | (b << 8) | c;
      stream.type = type;
    }
    const wanted = stream.type === AUDIO || stream.type === VIDEO ? MEDIA_HEAD_BYTES : OTHER_HEAD_BYTES;
    if (stream.head.length < wanted) stream.head = new Uint8Array(wanted);
    stream.headLength = 0;
    stream.missing = stream.length;
  }

  #readPayload(stream: ChunkStream, bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#chunkLeft, bytes.length - at);
    const kept = Math.min(taken, stream.head.length - stream.headLength);
    for (let i = 0; i < kept; i += 1) stream.head[stream.headLength++] = bytes[at + i]!;
    stream.missing -= taken;
    this.#chunkLeft -= taken;
    if (this.#chunkLeft === 0) this.#endChunk(stream);
    return at + taken;
  }

  #endChunk(stream: ChunkStream): void {
    this.#stream = undefined;
    if (stream.missing > 0) return;
    const head = stream.head.subarray(0, stream.headLength);
    if (stream.type === SET_CHUNK_SIZE) this.#chunkSize = new DataView(head.buffer).getUint32(0);
    else this.#onMessage(stream.type, head);
  }
}

const NOTHING = new Uint8Array(0);
