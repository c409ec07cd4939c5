import type { Message } from "@headgate/chunk";
import type { AudioHeader, VideoHeader } from "@headgate/flv";
import { MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES } from "./limits.ts";

/**
 * What a viewer needs before its first frame: metadata, and for each track the newest configuration of its decoder. One
 * message may configure several tracks (Enhanced RTMP v2 "Multitrack") and is kept for as long as any of them needs it.
 */
export class RetainedHeaders {
  #messages: ReadonlyMap<string, Message> = new Map();
  #list: readonly Message[] = [];

  /** In the order to send them. The array is never changed afterwards. */
  get list(): readonly Message[] {
    return this.#list;
  }

  retainData(handler: string, message: Message): void {
    this.#retain([`data ${handler}`], message);
  }

  clearData(handler: string): void {
    const messages = new Map(this.#messages);
    if (messages.delete(`data ${handler}`)) this.#use(messages);
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

  clear(): void {
    this.#use(new Map());
  }

  /** Beyond the limits a message is relayed like any other, only not kept. */
  #retain(keys: readonly string[], message: Message): void {
    if (message.payload.length > MAX_RETAINED_BYTES) return;
    // A copy, because the payload may be a small part of a long aggregate.
    const own = { ...message, payload: new Uint8Array(message.payload) };
    const messages = new Map(this.#messages);
    for (const key of keys) {
      messages.delete(key);
      messages.set(key, own);
    }
    this.#use(messages);
  }

  /** Takes them, data before media, each in the order of arrival; leaves things as they are if it would be too much. */
  #use(messages: ReadonlyMap<string, Message>): void {
    const isData = (key: string) => key.startsWith("data ");
    const keys = [...messages.keys()];
    const ordered = [...keys.filter(isData), ...keys.filter((key) => !isData(key))];
    const list = [...new Set(ordered.map((key) => messages.get(key)!))];
    const bytes = list.reduce((sum, { payload }) => sum + payload.length, 0);
    if (messages.size > MAX_RETAINED_MESSAGES || bytes > MAX_RETAINED_BYTES) return;
    this.#messages = messages;
    this.#list = list;
  }
}
