import { ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import type { AudioCodec, VideoCodec } from "./codecs.ts";
import { copyInto } from "./copy-into.ts";
import { onMetaData } from "./on-metadata.ts";
import type { SampleColumns } from "./sample-columns.ts";
import type { SampleDescription } from "./sample-entries.ts";
import {
  audioFrameBody,
  type BodyMemory,
  codecId,
  sequenceStartBody,
  videoFrameBody,
} from "./sample-messages.ts";

/** What a file holds, message by message, in the order of their timestamps. */
export interface MessageIndex {
  readonly count: number;
  readonly durationMs: number;
  readonly hasVideo: boolean;
  /** From 0 at the first message of the file. */
  timestampMs(i: number): number;
  /** The bytes of the file that {@link message} needs. */
  position(i: number): number;
  length(i: number): number;
  /** The newest message at which to begin, at or before a time; the first if there is none. */
  atOrBefore(positionMs: number): number;
  /** `onMetaData` and the sequence headers in force, with the timestamp of the message. */
  headers(i: number): readonly Message[];
  /** With memory, the payload of a frame is valid until its next use. */
  message(i: number, bytes: Uint8Array, memory?: BodyMemory): Message;
}

/** The samples of a track from one on. */
export interface SamplesFrom {
  readonly columns: SampleColumns;
  readonly from: number;
}

/** An entry of the order: the number of a sample in its column, and what it is. */
const IS_AUDIO = 0x8000_0000;
/** A sequence header where the description of the samples changes. It needs no bytes of the file. */
const IS_HEADER = 0x4000_0000;
const NUMBER = 0x3fff_ffff;
const NOTHING = new Uint8Array(0);

/** In a file that grows, a track that is further behind the other than this is not waited for. Milliseconds. */
const MAX_TRACK_LAG_MS = 2000;

/**
 * The messages of an MP4 file. It takes 37 bytes a sample at most, and is for all that read the file. Of a file that grows it has
 * what is certain to be in order: what comes later is behind it.
 */
export class Mp4Index implements MessageIndex {
  /** The time of day of the first frame, UNIX, in milliseconds; undefined if the file does not say. */
  readonly startedMs: number | undefined;
  readonly #columns: readonly SampleColumns[];
  #video: SampleColumns | undefined;
  #audio: SampleColumns | undefined;
  readonly #firstMs: number;
  #count = 0;
  #order: Uint32Array = new Uint32Array(0);
  /** Which entries of the order are keyframes. */
  #syncs: Uint32Array = new Uint32Array(0);
  #syncCount = 0;
  /** How many samples of each track are in the order. */
  #ordered = { video: 0, audio: 0 };
  #metadata: Uint8Array = NOTHING;

  /** Throws MP4_INVALID if there is no sample. */
  constructor(columns: readonly SampleColumns[], startedMs: number | undefined, isGrowing = false) {
    const used = columns.filter(({ count }) => count > 0);
    if (used.length === 0) throw new ProtocolError("MP4_INVALID", "a file without a frame");
    this.startedMs = startedMs;
    this.#columns = columns;
    this.#firstMs = Math.min(...used.map(({ firstMs }) => firstMs));
    this.extend(isGrowing);
  }

  /** Takes in the samples that its columns have got since. */
  extend(isGrowing: boolean): void {
    const used = this.#columns.filter(({ count }) => count > 0);
    this.#video = used.find(({ track }) => track.medium === "video");
    this.#audio = used.find(({ track }) => track.medium === "audio");
    this.#reserve();
    this.#merge(isGrowing ? this.#settledMs(used) : Number.POSITIVE_INFINITY);
    this.#metadata = this.#makeMetadata();
  }

  get count(): number {
    return this.#count;
  }

  get durationMs(): number {
    return Math.max(endOf(this.#video), endOf(this.#audio)) - this.#firstMs;
  }

  get hasVideo(): boolean {
    return this.#video !== undefined;
  }

  timestampMs(i: number): number {
    const columns = this.#columnsOf(i);
    return Math.max(0, columns.firstMs - this.#firstMs + columns.times[this.#numberOf(i)]!);
  }

  position(i: number): number {
    return this.#columnsOf(i).positions[this.#numberOf(i)]!;
  }

  length(i: number): number {
    return this.#isHeader(i) ? 0 : this.#columnsOf(i).sizes[this.#numberOf(i)]!;
  }

  atOrBefore(positionMs: number): number {
    if (!this.#video) {
      const last = lastWhere(this.#count, (i) => this.timestampMs(i) <= positionMs);
      return Math.max(0, last);
    }
    const syncs = this.#syncs;
    const last = lastWhere(this.#syncCount, (at) => this.timestampMs(syncs[at]!) <= positionMs);
    return this.#syncCount === 0 ? 0 : syncs[Math.max(0, last)]!;
  }

  headers(i: number): readonly Message[] {
    const timestamp = this.timestampMs(i);
    const headers = [message(MessageType.dataAmf0, timestamp, this.#metadata)];
    for (const columns of [this.#video, this.#audio]) {
      const description = columns && descriptionAt(columns, this.#lastAt(columns, timestamp));
      const body = description && sequenceStartBody(description);
      if (body) headers.push(message(typeOf(columns!), timestamp, body));
    }
    return headers;
  }

  message(i: number, bytes: Uint8Array, memory?: BodyMemory): Message {
    const columns = this.#columnsOf(i);
    const number = this.#numberOf(i);
    const description = descriptionAt(columns, number);
    const timestamp = this.timestampMs(i);
    if (this.#isHeader(i)) {
      return message(typeOf(columns), timestamp, sequenceStartBody(description) ?? NOTHING);
    }
    if (columns === this.#audio) {
      return message(
        MessageType.audio,
        timestamp,
        audioFrameBody(description.codec as AudioCodec, description, bytes, memory),
      );
    }
    const isKeyframe = isKeyframeAt(columns, number);
    const codec = description.codec as VideoCodec;
    const compositionMs = columns.compositionMs(number) + columns.delayMs;
    const body = videoFrameBody(codec, isKeyframe, compositionMs, bytes, memory);
    return message(MessageType.video, timestamp, body);
  }

  /** The samples of each track from a message on, its own first. */
  samplesFrom(i: number): readonly [SamplesFrom, ...SamplesFrom[]] {
    const first = this.#columnsOf(i);
    const other = first === this.#audio ? this.#video : this.#audio;
    let at = i;
    while (at < this.count && this.#columnsOf(at) !== other) at += 1;
    const samples: [SamplesFrom, ...SamplesFrom[]] = [{ columns: first, from: this.#numberOf(i) }];
    if (other && at < this.count) samples.push({ columns: other, from: this.#numberOf(at) });
    return samples;
  }

  /** Makes room for all samples. */
  #reserve(): void {
    const needed = entriesOf(this.#video) + entriesOf(this.#audio);
    if (needed > this.#order.length)
      this.#order = copyInto(new Uint32Array(grownTo(needed, this.#order.length)), this.#order);
    const syncs = this.#video?.keyframeCount ?? 0;
    if (syncs > this.#syncs.length)
      this.#syncs = copyInto(new Uint32Array(grownTo(syncs, this.#syncs.length)), this.#syncs);
  }

  /** No sample comes any more that is earlier than this. */
  #settledMs(used: readonly SampleColumns[]): number {
    const newest = used.map(({ firstMs, times, count }) => firstMs + times[count - 1]!);
    return Math.max(Math.min(...newest), Math.max(...newest) - MAX_TRACK_LAG_MS);
  }

  /** Both columns are in order; at the same time pictures come first, so that one can begin there. */
  #merge(untilMs: number): void {
    for (;;) {
      const videoMs = timeOf(this.#video, this.#ordered.video);
      const audioMs = timeOf(this.#audio, this.#ordered.audio);
      const nextMs = Math.min(videoMs, audioMs);
      if (nextMs === Number.POSITIVE_INFINITY || nextMs > untilMs) return;
      if (videoMs <= audioMs) this.#addPicture(this.#video!, this.#ordered.video++);
      else this.#addSound(this.#audio!, this.#ordered.audio++);
    }
  }

  #addPicture(video: SampleColumns, number: number): void {
    if (changesAt(video, number)) this.#order[this.#count++] = number | IS_HEADER;
    if (isKeyframeAt(video, number)) this.#syncs[this.#syncCount++] = this.#count;
    this.#order[this.#count++] = number;
  }

  #addSound(audio: SampleColumns, number: number): void {
    if (changesAt(audio, number)) this.#order[this.#count++] = (number | IS_HEADER | IS_AUDIO) >>> 0;
    this.#order[this.#count++] = (number | IS_AUDIO) >>> 0;
  }

  /** The newest sample of a track at a time; the first if there is none. */
  #lastAt(columns: SampleColumns, timestampMs: number): number {
    const sinceFirst = timestampMs + this.#firstMs - columns.firstMs;
    return Math.max(
      0,
      lastWhere(columns.count, (number) => columns.times[number]! <= sinceFirst),
    );
  }

  #makeMetadata(): Uint8Array {
    const values = new Map<string, number | boolean>([["duration", this.durationMs / 1000]]);
    if (this.#video) {
      const { width, height, codec } = descriptionAt(this.#video, 0);
      if (width > 0 && height > 0) values.set("width", width).set("height", height);
      values.set("videocodecid", codecId(codec));
    }
    if (this.#audio) {
      const { codec, sampleRate, channels } = descriptionAt(this.#audio, 0);
      values.set("audiocodecid", codecId(codec)).set("stereo", channels > 1);
      if (sampleRate > 0) values.set("audiosamplerate", sampleRate);
    }
    return onMetaData(values);
  }

  #columnsOf(i: number): SampleColumns {
    return this.#order[i]! >= IS_AUDIO ? this.#audio! : this.#video!;
  }

  #numberOf(i: number): number {
    return this.#order[i]! & NUMBER;
  }

  #isHeader(i: number): boolean {
    return (this.#order[i]! & IS_HEADER) !== 0;
  }
}

function entriesOf(columns: SampleColumns | undefined): number {
  return columns === undefined ? 0 : columns.count + columns.changeCount;
}

/** Exactly what is needed at first: most files do not grow. */
function grownTo(needed: number, capacity: number): number {
  return capacity === 0 ? needed : Math.max(needed, 2 * capacity);
}

/** When a sample comes; infinite behind the last. */
function timeOf(columns: SampleColumns | undefined, number: number): number {
  return columns && number < columns.count
    ? columns.firstMs + columns.times[number]!
    : Number.POSITIVE_INFINITY;
}

function endOf(columns: SampleColumns | undefined): number {
  return columns ? columns.firstMs + columns.endMs : Number.NEGATIVE_INFINITY;
}

function changesAt({ flags }: SampleColumns, number: number): boolean {
  return number > 0 && flags[number]! >> 1 !== flags[number - 1]! >> 1;
}

function isKeyframeAt({ flags }: SampleColumns, number: number): boolean {
  return (flags[number]! & 1) !== 0;
}

function descriptionAt({ track, flags }: SampleColumns, number: number): SampleDescription {
  return track.descriptions[flags[number]! >> 1]!;
}

function typeOf({ track }: SampleColumns): number {
  return track.medium === "video" ? MessageType.video : MessageType.audio;
}

function message(type: number, timestamp: number, payload: Uint8Array): Message {
  return { type, timestamp, messageStreamId: 0, payload };
}

/** The last of so many for which it is true, where it is true up to some and false from there on; -1 if for none. */
function lastWhere(count: number, isTrue: (at: number) => boolean): number {
  let [low, high] = [-1, count - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isTrue(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
