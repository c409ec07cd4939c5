import { type AudioHeader, configuredTracks, type Track, type VideoHeader } from "@headgate/flv";
import { copyOf, type Message } from "@headgate/message";
import { HeaderGaps } from "./header-gaps.ts";
import { MAX_MODEST_HEADER_BYTES, MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES } from "./limits.ts";
import type { LogBudget } from "./log-budget.ts";

/** A message that is kept, for one or several keys. */
interface Kept {
  readonly message: Message;
  readonly isData: boolean;
  /** Counts the messages in the order of arrival. */
  readonly order: number;
  /** The number of its entry. */
  readonly number: number;
  keys: number;
}

/**
 * The messages that a viewer needs before its first frame: metadata, and for each track the newest decoder configuration. One
 * message may configure several tracks (Enhanced RTMP v2 "Multitrack") and is kept for as long as any of them needs it.
 *
 * A viewer begins at a keyframe and needs the messages kept at that time. They become a list only when a viewer asks for it:
 * keeping a message or marking a keyframe costs the same however many are kept.
 */
export class RetainedHeaders {
  readonly #budget: LogBudget;
  readonly #nextNumber: () => number;
  /** By handler, or by kind and track. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #nextOrder = 0;
  /** Messages that arrived before the mark have a lower order. */
  #markedOrder = 0;
  /** Messages kept at the mark and replaced since. */
  #replaced: Kept[] = [];
  /** By medium and track: what its configuration is for. */
  readonly #codecs = new Map<string, string>();
  /** The tracks of the frames seen last, whose codecs have been compared. */
  #videoTracks: readonly Track[] | undefined;
  #audioTracks: readonly Track[] | undefined;
  readonly #gaps = new HeaderGaps();

  /** `nextNumber` says which entry the message is about to be that is retained. */
  constructor(budget: LogBudget, nextNumber: () => number) {
    this.#budget = budget;
    this.#nextNumber = nextNumber;
  }

  retainData(handler: string, message: Message): void {
    this.#retain([`data ${handler}`], message, true);
  }

  clearData(handler: string): void {
    this.#remove(`data ${handler}`);
  }

  /** Returns whether the message is a header at all. */
  retainVideo(header: VideoHeader, message: Message): boolean {
    const { kind, tracks } = header;
    if (kind === "frames" && tracks !== this.#videoTracks) {
      this.#forgetOtherCodecs("video", tracks);
      this.#videoTracks = tracks;
    }
    if (kind === "sequenceStart") this.#configure("video", header, message);
    if (kind === "metadata") this.#retain(keysOf("video", kind, tracks), message);
    return kind === "sequenceStart" || kind === "metadata";
  }

  /** Returns whether the message is a header at all. */
  retainAudio(header: AudioHeader, message: Message): boolean {
    const { kind, tracks } = header;
    if (kind === "frames" && tracks !== this.#audioTracks) {
      this.#forgetOtherCodecs("audio", tracks);
      this.#audioTracks = tracks;
    }
    if (kind === "sequenceStart") this.#configure("audio", header, message);
    if (kind === "multichannelConfig") this.#retain(keysOf("audio", kind, tracks), message);
    return kind === "sequenceStart" || kind === "multichannelConfig";
  }

  /** Sets the mark: remembers the messages kept now. */
  mark(): void {
    this.#markedOrder = this.#nextOrder;
    if (this.#replaced.length > 0) this.#forgetReplaced();
  }

  /** The messages kept at the last mark, in the order to send them: data before media, each in the order of arrival. */
  marked(): readonly Message[] {
    const kept = new Set(this.#replaced);
    for (const each of this.#kept.values()) if (each.order < this.#markedOrder) kept.add(each);
    return inOrder(kept);
  }

  /** The codec of the frames that were seen last, or else of the last configuration; of the lowest track. */
  codecOf(medium: "audio" | "video"): string | undefined {
    const seen = medium === "audio" ? this.#audioTracks : this.#videoTracks;
    return seen?.[0]?.codec ?? this.#codecs.get(`${medium} 0`);
  }

  /** What is in force now. */
  current(): readonly Message[] {
    return inOrder(new Set(this.#kept.values()));
  }

  /** The first entry from this one on of which {@link at} can say what is in force there. */
  knownFrom(number: number): number {
    return this.#gaps.knownFrom(number);
  }

  /** What was in force where this entry stands. */
  at(number: number): readonly Message[] {
    const kept = new Set<Kept>();
    for (const each of this.#kept.values()) if (each.number < number) kept.add(each);
    return inOrder(kept);
  }

  /** What comes next has headers of its own. Readers that begin at the mark still need these. */
  forget(): void {
    for (const key of [...this.#kept.keys()]) this.#remove(key);
    this.#forgetCodecs();
  }

  /** Gives all memory back. */
  clear(): void {
    for (const key of [...this.#kept.keys()]) this.#remove(key);
    this.#forgetReplaced();
    this.#gaps.close();
    this.#forgetCodecs();
  }

  #forgetCodecs(): void {
    this.#codecs.clear();
    this.#videoTracks = undefined;
    this.#audioTracks = undefined;
  }

  /** An empty configuration takes nothing's place. */
  #configure(medium: "audio" | "video", header: AudioHeader | VideoHeader, message: Message): void {
    const configured = configuredTracks(medium, header, message.payload);
    this.#forgetOtherCodecs(medium, configured);
    const ids = new Set(configured.map(({ trackId }) => trackId));
    const tracks = header.tracks.filter(
      ({ trackId }) => ids.has(trackId) || !this.#kept.has(`${medium} ${trackId} sequenceStart`),
    );
    this.#retain(keysOf(medium, "sequenceStart", tracks), message);
    for (const { trackId, codec } of tracks) this.#codecs.set(`${medium} ${trackId}`, codec);
    if (medium === "audio") this.#audioTracks = undefined;
    else this.#videoTracks = undefined;
  }

  /** The configuration of one codec is nothing to the decoder of another, which may take it for its own. */
  #forgetOtherCodecs(medium: "audio" | "video", tracks: readonly Track[]): void {
    for (const { trackId, codec } of tracks) {
      const track = `${medium} ${trackId}`;
      if ((this.#codecs.get(track) ?? codec) === codec) continue;
      this.#codecs.delete(track);
      for (const kind of HEADER_KINDS[medium]) this.#remove(`${track} ${kind}`);
    }
  }

  /** Beyond the limits a message is relayed like any other, only not kept. */
  #retain(allKeys: readonly string[], message: Message, isData = false): void {
    const keys = new Set(allKeys);
    const { length } = message.payload;
    if (keys.size === 0 || this.#keepsAlready(keys, message) || !this.#hasRoomFor(keys, length)) return;
    for (const key of keys) this.#remove(key);
    const kept = {
      message: copyOf(message),
      isData,
      order: this.#nextOrder,
      number: this.#nextNumber(),
      keys: keys.size,
    };
    this.#nextOrder += 1;
    for (const key of keys) this.#kept.set(key, kept);
    this.#bytes += length;
    this.#budget.holdFixed(length);
  }

  /** Encoders repeat their headers before each keyframe. */
  #keepsAlready(keys: ReadonlySet<string>, { payload, type }: Message): boolean {
    let same: Kept | undefined;
    for (const key of keys) {
      const old = this.#kept.get(key);
      if (!old || old.keys !== keys.size || (same ?? old) !== old) return false;
      same = old;
    }
    return same !== undefined && same.message.type === type && areEqual(same.message.payload, payload);
  }

  #hasRoomFor(keys: ReadonlySet<string>, length: number): boolean {
    let newKeys = 0;
    let freedBytes = 0;
    const replacedKeys = new Map<Kept, number>();
    for (const key of keys) {
      const old = this.#kept.get(key);
      if (!old) {
        newKeys += 1;
        continue;
      }
      const count = (replacedKeys.get(old) ?? 0) + 1;
      replacedKeys.set(old, count);
      if (count === old.keys) freedBytes += old.message.payload.length;
    }
    if (this.#kept.size + newKeys > MAX_RETAINED_MESSAGES) return false;
    if (this.#bytes - freedBytes + length > MAX_RETAINED_BYTES) return false;
    const isModest = this.#bytes - freedBytes + length <= MAX_MODEST_HEADER_BYTES;
    return isModest || this.#budget.hasRoomForFixed(length);
  }

  #remove(key: string): void {
    const old = this.#kept.get(key);
    if (!old) return;
    this.#kept.delete(key);
    old.keys -= 1;
    if (old.keys > 0) return;
    this.#gaps.add(old.number, this.#nextNumber());
    const { length } = old.message.payload;
    this.#bytes -= length;
    if (old.order < this.#markedOrder) this.#replaced.push(old);
    else this.#budget.releaseFixed(length);
  }

  #forgetReplaced(): void {
    for (const { message } of this.#replaced) this.#budget.releaseFixed(message.payload.length);
    this.#replaced = [];
  }
}

const HEADER_KINDS = {
  audio: ["sequenceStart", "multichannelConfig"],
  video: ["sequenceStart", "metadata"],
} as const;

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function keysOf(medium: string, kind: string, tracks: readonly Track[]): string[] {
  return tracks.map(({ trackId }) => `${medium} ${trackId} ${kind}`);
}

/** In the order to send them. */
function inOrder(kept: ReadonlySet<Kept>): readonly Message[] {
  const ordered = [...kept].sort((a, b) => Number(b.isData) - Number(a.isData) || a.order - b.order);
  return ordered.map(({ message }) => message);
}
