import { ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import { grown } from "./entry-table.ts";
import { MAX_INDEX_ENTRIES } from "./limits.ts";
import { metadataPayload, NO_MEMBERS } from "./metadata.ts";
import type { MpegAudioHeader } from "./mpeg-audio-header.ts";

const FIRST_ENTRIES = 1024;
const NO_STREAM = 0;

/** FLV 10.1 §E.4.2.1: formats, and the sample rates that have a number, with 16 bits. Other rates are only in the frames. */
const MP3 = 2;
const MP3_AT_8_KHZ = 14;
const SOUND_RATES: ReadonlyMap<number, number> = new Map([
  [11_025, 1],
  [22_050, 2],
]);
const HIGHEST_SOUND_RATE = 3;
const SIXTEEN_BITS = 0x02;
const STEREO = 0x01;

/** What an MP3 file holds: a message is a frame as an FLV audio tag has it. 12 bytes a frame, shared by all viewers. */
export class Mp3Index {
  #count = 0;
  /** A position is at most 2^53, and all frames are shorter than 64 KiB. */
  #positions = new Float64Array(FIRST_ENTRIES);
  #lengths = new Uint32Array(FIRST_ENTRIES);
  #format: MpegAudioHeader | undefined;
  readonly #maxEntries: number;
  readonly hasVideo = false;

  constructor(maxEntries: number = MAX_INDEX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  get count(): number {
    return this.#count;
  }

  get durationMs(): number {
    return this.timestampMs(this.#count);
  }

  /** What all its frames are; undefined before the first. */
  get format(): MpegAudioHeader | undefined {
    return this.#format;
  }

  timestampMs(i: number): number {
    if (this.#format === undefined) return 0;
    return Math.round((i * this.#format.samples * 1000) / this.#format.sampleRate);
  }

  position(i: number): number {
    return this.#positions[i]!;
  }

  length(i: number): number {
    return this.#lengths[i]!;
  }

  /** The newest frame at or before the time: a decoder begins at any. */
  atOrBefore(positionMs: number): number {
    if (this.#format === undefined) return 0;
    const { samples, sampleRate } = this.#format;
    let i = Math.floor((positionMs * sampleRate) / (samples * 1000)) + 1;
    while (i > 0 && this.timestampMs(i) > positionMs) i -= 1;
    return Math.max(0, Math.min(i, this.#count - 1));
  }

  /** `onMetaData` with the duration; MP3 has no sequence header. */
  headers(i: number): readonly Message[] {
    const payload = metadataPayload(NO_MEMBERS, {
      duration: this.durationMs / 1000,
      audiocodecid: MP3,
      audiosamplerate: this.#format?.sampleRate ?? 0,
      audiosamplesize: 16,
      stereo: this.#format?.channels === 2,
    });
    const timestamp = this.timestampMs(i);
    return [{ type: MessageType.dataAmf0, timestamp, messageStreamId: NO_STREAM, payload }];
  }

  /** `bytes` are those of the file at {@link position}. */
  message(i: number, bytes: Uint8Array): Message {
    const payload = new Uint8Array(1 + bytes.length);
    payload[0] = this.#audioTagHeader();
    payload.set(bytes, 1);
    return { type: MessageType.audio, timestamp: this.timestampMs(i), messageStreamId: NO_STREAM, payload };
  }

  /** Takes in the next frame. Throws FILE_INDEX_EXCEEDED. */
  add(format: MpegAudioHeader, position: number): void {
    this.#format ??= format;
    if (this.#count === this.#positions.length) this.#grow();
    this.#positions[this.#count] = position;
    this.#lengths[this.#count] = format.bytes;
    this.#count += 1;
  }

  #audioTagHeader(): number {
    const { sampleRate = 0, channels = 2 } = this.#format ?? {};
    const soundFormat = sampleRate === 8000 ? MP3_AT_8_KHZ : MP3;
    const rate = SOUND_RATES.get(sampleRate) ?? HIGHEST_SOUND_RATE;
    return (soundFormat << 4) | (rate << 2) | SIXTEEN_BITS | (channels === 2 ? STEREO : 0);
  }

  #grow(): void {
    if (this.#count === this.#maxEntries) {
      throw new ProtocolError("FILE_INDEX_EXCEEDED", `more than ${this.#maxEntries} frames in one file`);
    }
    const entries = Math.min(2 * this.#count, this.#maxEntries);
    this.#positions = grown(this.#positions, new Float64Array(entries));
    this.#lengths = grown(this.#lengths, new Uint32Array(entries));
  }
}
