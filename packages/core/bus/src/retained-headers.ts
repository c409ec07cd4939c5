import type { AudioHeader, VideoHeader } from "@headgate/flv";
import type { Message } from "@headgate/message";
import { MAX_MODEST_HEADER_BYTES, MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES } from "./limits.ts";
import type { LogBudget } from "./log-budget.ts";

/** A message that is kept, for one or several keys. */
interface Kept {
  readonly message: Message;
  readonly isData: boolean;
  /** Counts the messages in the order of arrival. */
  readonly order: number;
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
  /** By handler, or by kind and track. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #nextOrder = 0;
  /** Messages that arrived before the mark have a lower order. */
  #markedOrder = 0;
  /** Messages kept at the mark and replaced since. */
  #replaced: Kept[] = [];

  constructor(budget: LogBudget) {
    this.#budget = budget;
  }

  retainData(handler: string, message: Message): void {
    this.#retain([`data ${handler}`], message, true);
  }

  clearData(handler: string): void {
    this.#remove(`data ${handler}`);
  }

  /** Returns whether the message is a header at all. */
  retainVideo(header: VideoHeader, message: Message): boolean {
    if (header.kind !== "sequenceStart" && header.kind !== "metadata") return false;
    this.#retain(
      header.tracks.map(({ trackId }) => `video ${trackId} ${header.kind}`),
      message,
    );
    return true;
  }

  /** Returns whether the message is a header at all. */
  retainAudio(header: AudioHeader, message: Message): boolean {
    if (header.kind !== "sequenceStart" && header.kind !== "multichannelConfig") return false;
    this.#retain(
      header.tracks.map(({ trackId }) => `audio ${trackId} ${header.kind}`),
      message,
    );
    return true;
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
    const ordered = [...kept].sort((a, b) => Number(b.isData) - Number(a.isData) || a.order - b.order);
    return ordered.map(({ message }) => message);
  }

  /** Gives all memory back. */
  clear(): void {
    for (const key of [...this.#kept.keys()]) this.#remove(key);
    this.#forgetReplaced();
  }

  /** Beyond the limits a message is relayed like any other, only not kept. */
  #retain(allKeys: readonly string[], message: Message, isData = false): void {
    const keys = new Set(allKeys);
    const { length } = message.payload;
    if (keys.size === 0 || !this.#hasRoomFor(keys, length)) return;
    for (const key of keys) this.#remove(key);
    // A copy, because the payload may be a small part of a long aggregate.
    const own = { ...message, payload: new Uint8Array(message.payload) };
    const kept = { message: own, isData, order: this.#nextOrder, keys: keys.size };
    this.#nextOrder += 1;
    for (const key of keys) this.#kept.set(key, kept);
    this.#bytes += length;
    this.#budget.holdFixed(length);
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
