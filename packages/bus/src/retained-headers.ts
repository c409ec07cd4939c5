import type { Message } from "@headgate/chunk";
import type { AudioHeader, VideoHeader } from "@headgate/flv";
import { MAX_RETAINED_BYTES, MAX_RETAINED_MESSAGES } from "./limits.ts";

/**
 * What a viewer needs before its first frame: metadata, and for each track the newest configuration of its decoder. One
 * message may configure several tracks (Enhanced RTMP v2 "Multitrack") and is kept for as long as any of them needs it.
 */
export class RetainedHeaders {
  readonly #messages = new Map<string, Message>();
  #list: readonly Message[] = [];

  /** In the order to send them. The array is never changed afterwards. */
  get list(): readonly Message[] {
    return this.#list;
  }

  retainData(handler: string, message: Message): void {
    this.#retain([`data ${handler}`], message);
  }

  clearData(handler: string): void {
    if (this.#messages.delete(`data ${handler}`)) this.#refresh();
  }

  retainVideo(header: VideoHeader, message: Message): void {
    if (header.kind !== "sequenceStart" && header.kind !== "metadata") return;
    this.#retain(
      header.tracks.map(({ trackId }) => `video ${trackId} ${header.kind}`),
      message,
    );
  }

  retainAudio(header: AudioHeader, message: Message): void {
    if (header.kind !== "sequenceStart" && header.kind !== "multichannelConfig") return;
    this.#retain(
      header.tracks.map(({ trackId }) => `audio ${trackId} ${header.kind}`),
      message,
    );
  }

  clear(): void {
    this.#messages.clear();
    this.#refresh();
  }

  /** Beyond the limits a message is relayed like any other, only not kept. */
  #retain(keys: readonly string[], message: Message): void {
    const before = new Map(keys.map((key) => [key, this.#messages.get(key)]));
    for (const key of keys) {
      this.#messages.delete(key);
      this.#messages.set(key, message);
    }
    if (this.#refresh()) return;
    for (const [key, previous] of before) {
      if (previous) this.#messages.set(key, previous);
      else this.#messages.delete(key);
    }
    this.#refresh();
  }

  /** Data before media, each in the order of arrival. False if it is more than may be retained. */
  #refresh(): boolean {
    const keys = [...this.#messages.keys()];
    const isData = (key: string) => key.startsWith("data ");
    const ordered = [...keys.filter(isData), ...keys.filter((key) => !isData(key))];
    const list = [...new Set(ordered.map((key) => this.#messages.get(key)!))];
    const bytes = list.reduce((sum, message) => sum + message.payload.length, 0);
    if (this.#messages.size > MAX_RETAINED_MESSAGES || bytes > MAX_RETAINED_BYTES) return false;
    this.#list = list;
    return true;
  }
}
