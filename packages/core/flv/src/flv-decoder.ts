import { ProtocolError } from "@headgate/bytes";
import {
  FLV_FLAGS,
  FLV_HEADER_BYTES,
  FLV_VERSION,
  type FlvHeader,
  type FlvTag,
  PREVIOUS_TAG_SIZE_BYTES,
  TAG_HEADER_BYTES,
} from "./flv-tag.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** The default limit of a payload, the same as for an RTMP message; the format allows 16 MiB. */
export const DEFAULT_MAX_TAG_BYTES: number = 8 * 1024 * 1024;

const SIGNATURE_AND_VERSION = 0x464c5600 | FLV_VERSION;
/** The bits above are reserved or say that the payload is encrypted, which is the player's business. */
const TYPE_MASK = 0x1f;
/** The size of the tag before is read together with the header of the next, so that a tag is out as soon as it is whole. */
const TAG_PREFIX_BYTES = PREVIOUS_TAG_SIZE_BYTES + TAG_HEADER_BYTES;

/**
 * Reads an FLV file or live stream piece by piece (FLV 10.1 §E.2 to §E.4.1). After each push, call next() until it
 * returns undefined. What does not matter for taking tags apart is not checked: stream ids and previous tag sizes are
 * wrong in many files.
 */
export class FlvDecoder {
  readonly #maxTagBytes: number;
  readonly #received = new ReceiveBuffer();
  #header: FlvHeader | undefined;
  #headerBytesToSkip = 0;

  constructor(maxTagBytes: number = DEFAULT_MAX_TAG_BYTES) {
    this.#maxTagBytes = maxTagBytes;
  }

  /** The file's header; undefined until it has arrived. */
  get header(): FlvHeader | undefined {
    return this.#header;
  }

  /** After next() returned undefined: the part of one tag, never more than the limit and a tag's header. */
  get bufferedBytes(): number {
    return this.#received.length;
  }

  push(bytes: Uint8Array): void {
    this.#received.append(bytes);
  }

  /** The next whole tag, or undefined until more input has arrived. Throws FLV_INVALID. */
  next(): FlvTag | undefined {
    this.#header ??= this.#readHeader();
    if (this.#header === undefined || !this.#skipRestOfHeader()) return undefined;
    return this.#readTag();
  }

  #readHeader(): FlvHeader | undefined {
    const received = this.#received;
    if (received.length < FLV_HEADER_BYTES) return undefined;
    if (received.u32(0) !== SIGNATURE_AND_VERSION) {
      throw new ProtocolError("FLV_INVALID", "does not begin with the signature and version of an FLV file");
    }
    const flags = received.u8(4);
    const dataOffset = received.u32(5);
    if (dataOffset < FLV_HEADER_BYTES) {
      throw new ProtocolError("FLV_INVALID", `data offset ${dataOffset} lies within the file header`);
    }
    received.skip(FLV_HEADER_BYTES);
    this.#headerBytesToSkip = dataOffset - FLV_HEADER_BYTES;
    return { hasAudio: (flags & FLV_FLAGS.audio) !== 0, hasVideo: (flags & FLV_FLAGS.video) !== 0 };
  }

  /** A longer header of a later version is skipped as it comes in, so that it is never held. */
  #skipRestOfHeader(): boolean {
    const skipped = Math.min(this.#headerBytesToSkip, this.#received.length);
    this.#received.skip(skipped);
    this.#headerBytesToSkip -= skipped;
    return this.#headerBytesToSkip === 0;
  }

  #readTag(): FlvTag | undefined {
    const received = this.#received;
    if (received.length < TAG_PREFIX_BYTES) return undefined;
    const typeAndSize = received.u32(PREVIOUS_TAG_SIZE_BYTES);
    const payloadBytes = typeAndSize & 0xffffff;
    if (payloadBytes > this.#maxTagBytes) {
      throw new ProtocolError("FLV_INVALID", `a tag of ${payloadBytes} bytes; at most ${this.#maxTagBytes}`);
    }
    if (received.length < TAG_PREFIX_BYTES + payloadBytes) return undefined;
    const timestamp = received.u32(PREVIOUS_TAG_SIZE_BYTES + 4);
    received.skip(TAG_PREFIX_BYTES);
    return {
      type: (typeAndSize >>> 24) & TYPE_MASK,
      // The low 24 bits come first, the high 8 behind them.
      timestamp: (timestamp >>> 8) | (timestamp << 24),
      payload: received.take(payloadBytes),
    };
  }
}
