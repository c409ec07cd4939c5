import { Cursor } from "./cursor.ts";
import type { Framing } from "./framing.ts";
import type { Pinned } from "./pinned.ts";
import type { Playback, PlaybackNotice } from "./playback.ts";
import type { EntryFilter } from "./segment.ts";
import type { Stream } from "./stream.ts";

export interface PlaybackOptions {
  /** The NetStream it plays on. */
  readonly messageStreamId: number;
  /** How much it wants to play; undefined: to the end, 0: a single frame. */
  readonly durationMs?: number | undefined;
  /** The framing of its log, if not that of the first. */
  readonly framing?: Framing;
}

/** Plays a live stream: a cursor, and what the player has asked for. */
export class LivePlayback implements Playback<Uint8Array> {
  readonly stream: Stream;
  /** The NetStream it plays on. */
  readonly messageStreamId: number;
  lagCount = 0;
  bufferLengthMs: number | undefined;
  readonly #cursor: Cursor;
  #audio = true;
  #video = true;
  #paused = false;
  #pausedAtMs: number | undefined;
  /** Whether the last notice said that the stream is published. */
  #toldLive: boolean;
  #finished = false;

  constructor(stream: Stream, options: PlaybackOptions, nowMs: number) {
    this.stream = stream;
    this.messageStreamId = options.messageStreamId;
    const { messageStreamId: netStreamId, durationMs } = options;
    const { keyframeWaitMs } = stream.options;
    const log = stream.log(options.framing);
    this.#cursor = new Cursor(log, this.#filter(), { netStreamId, durationMs, keyframeWaitMs });
    this.#toldLive = stream.live;
    this.#rejoin(nowMs);
    stream.viewers.add(this);
  }

  next(maxBytes: number, nowMs: number): Uint8Array | PlaybackNotice | undefined {
    if (this.#finished) return undefined;
    if (this.#paused) return this.stream.live === this.#toldLive ? undefined : this.#tell(this.stream.live);
    if (this.stream.live && !this.#toldLive) return this.#tell(true);
    if (this.#cursor.lagged) {
      this.lagCount += 1;
      this.stream.lagCount += 1;
      if (this.stream.options.lagPolicy === "drop") return this.#finish("dropped");
      this.#rejoin(nowMs);
    }
    const bytes = this.#cursor.read(maxBytes, nowMs);
    if (bytes) return bytes;
    if (this.#cursor.finished) return this.#finish("complete");
    return !this.stream.live && this.#toldLive ? this.#tell(false) : undefined;
  }

  get effort(): number {
    return this.#cursor.effort;
  }

  get copiedEntries(): number {
    return this.#cursor.copiedEntries;
  }

  /** A live stream says itself when it has more. */
  get nextDueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  get played(): undefined {
    return undefined;
  }

  lend(): void {
    this.#cursor.lend();
  }

  pin(): Pinned {
    return this.#cursor.pin();
  }

  /** After a pause it begins at the newest keyframe: a live stream does not wait. */
  pause(paused: boolean, nowMs: number): void {
    const goesOn = this.#paused && !paused;
    this.#paused = paused;
    if (paused) this.#pausedAtMs = this.stream.newestTimestamp;
    if (paused) this.#cursor.leave();
    else if (goesOn) this.#rejoin(nowMs);
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** How far the stream was when the player last paused; undefined if there was no frame yet. Milliseconds. */
  get pausedAtMs(): number | undefined {
    return this.#pausedAtMs;
  }

  /** Goes on at the newest keyframe, unless it is paused. */
  rejoin(nowMs: number): void {
    this.#rejoin(nowMs);
  }

  /** A live stream has no other position. */
  seek(): undefined {}

  receive(media: "audio" | "video", enabled: boolean, nowMs: number): void {
    const videoBegins = media === "video" && enabled && !this.#video;
    if (media === "audio") this.#audio = enabled;
    else this.#video = enabled;
    this.#cursor.refilter(this.#filter());
    if (videoBegins) this.#rejoin(nowMs);
  }

  behindMs(nowMs: number): number {
    return this.#cursor.behindMs(nowMs);
  }

  /** A live stream is sent as it comes; this is for operators alone. */
  bufferLength(lengthMs: number): void {
    this.bufferLengthMs = lengthMs;
  }

  leave(): void {
    if (!this.stream.viewers.delete(this)) return;
    this.#end();
    this.stream.leaveLog(this.#cursor.log);
  }

  #rejoin(nowMs: number): void {
    if (this.#paused || this.#finished) return;
    this.#cursor.rejoin(nowMs - this.stream.options.gopCacheMs);
  }

  #filter(): EntryFilter {
    return { audio: this.#audio, video: this.#video };
  }

  #tell(live: boolean): PlaybackNotice {
    this.#toldLive = live;
    return live ? "published" : "unpublished";
  }

  #finish(notice: "complete" | "dropped"): PlaybackNotice {
    this.#end();
    return notice;
  }

  #end(): void {
    this.#finished = true;
    this.#cursor.leave();
  }
}
