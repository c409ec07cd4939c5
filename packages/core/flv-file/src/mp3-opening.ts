import { ProtocolError } from "@headgate/bytes";
import type { Wanted } from "./flv-opening.ts";
import { MAX_JUNK_BYTES, MAX_READ_BYTES } from "./limits.ts";
import { Mp3Index } from "./mp3-index.ts";
import { MPEG_AUDIO_HEADER_BYTES, type MpegAudioHeader, readMpegAudioHeader } from "./mpeg-audio-header.ts";

/** The head of an ID3v2 tag, and its footer, which a flag announces (ID3v2.4 §3.1, §3.4). Bytes. */
const ID3_HEAD_BYTES = 10;
const ID3_FOOTER = 0x10;
const ID3 = 0x494433;

/** Two frames in a row: the header of the second is what tells the first from other bytes. Bytes. */
const MAX_FRAME_BYTES = 1441;
const LOOK_BYTES: number = MAX_FRAME_BYTES + MPEG_AUDIO_HEADER_BYTES;

/** Where Fraunhofer's encoder tells of the file, behind the header of its first frame. Bytes. */
const VBRI_AT = 36;

/**
 * Opens a file of MPEG audio, layer III, of constant or variable bit rate: skips an ID3v2 tag and goes from frame to frame. The
 * caller reads what it `wants` and calls feed() until it wants nothing; what is fed is fewer bytes only at the end of the
 * file. feed() throws MP3_INVALID if there are no frames where they are to be, and FILE_INDEX_EXCEEDED.
 */
export class Mp3Opening {
  readonly index: Mp3Index;
  #wants: Wanted | undefined = { position: 0, length: MAX_READ_BYTES };
  #at = 0;
  /** Where bytes began that are no frame. */
  #junkFrom = 0;
  #isFirstFrame = true;

  constructor(index: Mp3Index = new Mp3Index()) {
    this.index = index;
  }

  get wants(): Wanted | undefined {
    return this.#wants;
  }

  /** The bytes may be used for something else afterwards. */
  feed(bytes: Uint8Array): void {
    const wants = this.#wants;
    if (wants === undefined) return;
    const isLast = bytes.length < wants.length;
    if (this.#at === 0) {
      this.#at = id3Bytes(bytes);
      this.#junkFrom = this.#at;
    }
    const goesOn = this.#walk(bytes, wants.position, isLast);
    if (goesOn && !isLast) this.#wants = { position: this.#at, length: MAX_READ_BYTES };
    else this.#end();
  }

  /** Takes in the frames of a block. False where there have been none for too long. */
  #walk(bytes: Uint8Array, base: number, isLast: boolean): boolean {
    const lookedAt = isLast ? bytes.length : bytes.length - LOOK_BYTES;
    let offset = this.#at - base;
    while (offset < lookedAt) {
      const header = this.#frameAt(bytes, offset, isLast);
      if (header !== undefined) {
        this.#take(header, bytes, offset);
        offset += header.bytes;
        this.#junkFrom = base + offset;
      } else {
        offset += 1;
        if (base + offset - this.#junkFrom > MAX_JUNK_BYTES) return false;
      }
      this.#at = base + offset;
    }
    return true;
  }

  /** The header of a whole frame with another one behind it, or the end of the file. */
  #frameAt(bytes: Uint8Array, offset: number, isLast: boolean): MpegAudioHeader | undefined {
    const header = readMpegAudioHeader(bytes, offset);
    const { format } = this.index;
    if (header === undefined || (format && header.kind !== format.kind)) return undefined;
    const end = offset + header.bytes;
    if (end > bytes.length) return undefined;
    // Once frames have been found, one that follows another needs no proof.
    if (format && this.#junkFrom === this.#at) return header;
    if (isLast && end + MPEG_AUDIO_HEADER_BYTES > bytes.length) return format && header;
    return readMpegAudioHeader(bytes, end)?.kind === header.kind ? header : undefined;
  }

  /** What an encoder tells of the file is in a frame without sound, which comes first. */
  #take(header: MpegAudioHeader, bytes: Uint8Array, offset: number): void {
    const isFirst = this.#isFirstFrame;
    this.#isFirstFrame = false;
    if (isFirst && tellsOfTheFile(header, bytes.subarray(offset, offset + header.bytes))) return;
    this.index.add(header, this.#at);
  }

  #end(): void {
    this.#wants = undefined;
    if (this.index.count === 0) {
      throw new ProtocolError("MP3_INVALID", "no frames of MPEG audio, layer III, at its beginning");
    }
  }
}

/** How long an ID3v2 tag at the beginning is. Its size has seven bits a byte. */
function id3Bytes(bytes: Uint8Array): number {
  if (bytes.length < ID3_HEAD_BYTES || textAt(bytes, 0) >>> 8 !== ID3) return 0;
  let size = 0;
  for (const byte of bytes.subarray(6, ID3_HEAD_BYTES)) size = size * 128 + (byte & 0x7f);
  return ID3_HEAD_BYTES + size + (bytes[5]! & ID3_FOOTER ? ID3_HEAD_BYTES : 0);
}

const XING = 0x58696e67;
const INFO = 0x496e666f;
const VBRI = 0x56425249;

function tellsOfTheFile({ sideInformationBytes }: MpegAudioHeader, frame: Uint8Array): boolean {
  const text = textAt(frame, MPEG_AUDIO_HEADER_BYTES + sideInformationBytes);
  return text === XING || text === INFO || textAt(frame, VBRI_AT) === VBRI;
}

function textAt(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) return 0;
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
