import { parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import { firstBeginning } from "./first-beginning.ts";
import type { Framing } from "./framing.ts";
import {
  AHEAD_OF_BUFFER_MS,
  ENTRY_EFFORT_BYTES,
  FAST_SWITCH_MS,
  MAX_PACED_WRITE_BYTES,
  PACED_WRITE_MS,
} from "./limits.ts";
import type { MessageSource } from "./message-source.ts";
import type { Pinned } from "./pinned.ts";
import { PlayClock } from "./play-clock.ts";
import type { Playback, PlaybackNotice, Played } from "./playback.ts";

/** Memory for output, which is used again once it has been written. */
interface OutputMemory {
  /** At least this many bytes, with any content. */
  take(length: number): Uint8Array;
  /** The bytes taken last are still needed: the next call gets other memory. */
  giveUp(): void;
}

export interface PacedPlaybackOptions {
  /** The NetStream it plays on. */
  readonly messageStreamId: number;
  readonly framing: Framing;
  /** Shared by all playbacks of a process. */
  readonly memory: OutputMemory;
  /** Counts bytes on their way to the player until they are unpinned. */
  readonly hold: (bytes: number) => Pinned;
  /** The most that is sent in advance, however long the player's buffer is. Milliseconds. */
  readonly maxAheadMs: number;
  /** Where it begins. Milliseconds. */
  readonly startMs?: number;
  /** How much it wants to play from there; undefined: to the end, 0: a single frame. */
  readonly durationMs?: number | undefined;
  /** The time at which it begins for the player, if it follows another recording in a playlist. Milliseconds. */
  readonly continuesAtMs?: number | undefined;
  /** Whether the player counts as the recording does, wherever it begins: it has been playing the same live. */
  readonly keepsTime?: boolean;
  /** Whether it is sent as far in advance as it may be, whatever the player's buffer is. */
  readonly isAtOnce?: boolean;
  /** There may be more to send than {@link PacedPlayback.next} has returned last. */
  readonly onReady: () => void;
}

/**
 * Plays a recording: sends what the player's buffer has room for, by the clock, and holds nothing of it. It reads on when it is asked
 * for output, so a player that reads nothing costs nothing. Times inside are those of the recording.
 */
export class PacedPlayback implements Playback<Uint8Array> {
  /** Nothing is ever dropped. */
  readonly lagCount = 0;
  copiedEntries = 0;
  bufferLengthMs: number | undefined;
  readonly #options: PacedPlaybackOptions;
  /** The NetStream that entries are made for; undefined if they are written for it. */
  readonly #netStreamId: number | undefined;
  readonly #clock: PlayClock;
  readonly #startMs: number;
  readonly #endMs: number;
  /** How much later a message is for the player than in the recording. */
  readonly #shiftMs: number;
  #source: MessageSource;
  /** The recording that takes over, and where. */
  #next: { readonly source: MessageSource; readonly atMs: number } | undefined;
  /** What is sent before the next message. */
  #headers: readonly Message[];
  #headersSent = 0;
  /** Whether the bytes of the next message are on their way. */
  #isLater = false;
  #hasEnded = false;
  /** Infinite unless the player wants a single frame, or is paused. */
  #framesLeft = Number.POSITIVE_INFINITY;
  #isPaused = false;
  /** Of the newest message sent. */
  #sentMs: number;
  /** The player has what is not later than this. */
  #skipThroughMs = Number.NEGATIVE_INFINITY;
  #audio = true;
  #video = true;
  #sentBytes = 0;
  #hasTakenOver = false;
  #notice: PlaybackNotice | undefined;
  #isFinished = false;
  #switchTimestamp = 0;
  #effort = 0;
  #outputBytes = 0;

  constructor(source: MessageSource, options: PacedPlaybackOptions, nowMs: number) {
    const { framing, messageStreamId, startMs = 0, durationMs, continuesAtMs = 0, keepsTime } = options;
    this.#source = source;
    this.#options = options;
    this.#netStreamId =
      framing.address && framing.netStreamId !== messageStreamId ? messageStreamId : undefined;
    this.#startMs = startMs;
    this.#endMs = durationMs ? startMs + durationMs : Number.POSITIVE_INFINITY;
    const position = source.seek(startMs);
    this.#sentMs = position;
    // A player that begins in the middle counts from there: librtmp looks for the keyframe with which it resumes at 0.
    this.#shiftMs = keepsTime ? 0 : continuesAtMs - (startMs > 0 ? position : 0);
    this.#clock = new PlayClock(position, nowMs);
    this.#headers = source.headers;
    if (this.#isSingleFrame) this.#framesLeft = 1;
    source.onReady = options.onReady;
  }

  next(maxBytes: number, nowMs: number): Uint8Array | PlaybackNotice | undefined {
    this.#effort = 0;
    if (this.#notice) return this.#takeNotice();
    if (this.#isFinished) return undefined;
    const output = this.#gather(Math.min(maxBytes, MAX_PACED_WRITE_BYTES), nowMs);
    if (output || !this.#isOver) return output;
    this.#isFinished = true;
    return "complete";
  }

  get effort(): number {
    return this.#effort;
  }

  get nextDueMs(): number {
    const nextMs = this.#nextMs;
    if (nextMs === undefined || this.#isLater || this.#framesLeft !== Number.POSITIVE_INFINITY)
      return Number.POSITIVE_INFINITY;
    const aheadMs = this.#aheadMs;
    return this.#clock.whenAt(nextMs - aheadMs) + Math.min(PACED_WRITE_MS, aheadMs / 4);
  }

  get played(): Played {
    const endMs = Math.min(this.#endMs, this.#source.durationMs);
    return {
      durationMs: this.#isSingleFrame ? 0 : Math.max(0, endMs - this.#startMs),
      bytes: this.#sentBytes,
      endTimestamp: (this.#isSingleFrame ? this.#sentMs : Math.max(this.#sentMs, endMs)) + this.#shiftMs,
    };
  }

  lend(): void {
    this.#options.memory.giveUp();
  }

  pin(): Pinned {
    return this.#options.hold(this.#outputBytes);
  }

  /** After a pause it goes on from where the player is, which knows what it has thrown away (RTMP 1.0 §7.2.2.8). */
  pause(paused: boolean, nowMs: number, positionMs: number): void {
    if (paused === this.#isPaused) return;
    this.#isPaused = paused;
    const reachedMs = Math.min(positionMs - this.#shiftMs, this.#sentMs);
    if (!this.#isSingleFrame) this.#framesLeft = paused ? 0 : Number.POSITIVE_INFINITY;
    if (paused) return this.#clock.pause(reachedMs);
    this.#clock.resume(reachedMs, nowMs);
    if (reachedMs < this.#sentMs) this.#resend(reachedMs);
  }

  /** A player that is paused gets the picture of its new position, and nothing more. */
  seek(positionMs: number, nowMs: number): number {
    if (this.#next) this.#takeOver();
    const position = this.#source.seek(Math.max(0, positionMs - this.#shiftMs));
    this.#goOn(position, this.#source.headers.filter(isConfiguration));
    if (this.#isPaused || this.#isSingleFrame) this.#framesLeft = 1;
    this.#clock.set(position, nowMs);
    return position + this.#shiftMs;
  }

  /** Where a position of the player is in the recording. Milliseconds. */
  inRecording(positionMs: number): number {
    return positionMs - this.#shiftMs;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Seeks in another source of the same recording, whose times are the same. */
  seekIn(source: MessageSource, positionMs: number, nowMs: number): number {
    this.#next?.source.close();
    this.#next = undefined;
    this.#source.close();
    this.#source = source;
    source.onReady = this.#options.onReady;
    return this.seek(positionMs, nowMs);
  }

  /** The player has what is not later than this, and is there. */
  skipThrough(positionMs: number, nowMs: number): void {
    this.#skipThroughMs = positionMs - this.#shiftMs;
    this.#clock.set(this.#skipThroughMs, nowMs);
  }

  receive(media: "audio" | "video", enabled: boolean, nowMs: number): void {
    const videoBegins = media === "video" && enabled && !this.#video;
    if (media === "audio") this.#audio = enabled;
    else this.#video = enabled;
    if (videoBegins) this.seek(this.#clock.at(nowMs) + this.#shiftMs, nowMs);
  }

  /**
   * Another recording of the same content takes over at its first keyframe from this position on; undefined: after what was sent,
   * `fast`: so that the player sees it soon, in place of what was sent. Returns whether it has such a keyframe.
   */
  switchTo(source: MessageSource, positionMs: number | "fast" | undefined, nowMs: number): boolean {
    const atMs = firstBeginning(source, this.#switchPosition(positionMs, nowMs));
    if (atMs === undefined) return false;
    this.#next?.source.close();
    this.#next = { source, atMs };
    source.onReady = this.#options.onReady;
    if (atMs <= this.#sentMs) this.#takeOver();
    return true;
  }

  /** The time of the frame with which the last recording has taken over, for the notice `switched`. */
  get switchTimestamp(): number {
    return this.#switchTimestamp;
  }

  behindMs(nowMs: number): number {
    const nextMs = this.#nextMs;
    return nextMs === undefined ? 0 : Math.max(0, this.#clock.at(nowMs) - nextMs);
  }

  bufferLength(lengthMs: number): void {
    this.bufferLengthMs = lengthMs;
  }

  leave(): void {
    this.#isFinished = true;
    this.#source.close();
    this.#next?.source.close();
  }

  get #isSingleFrame(): boolean {
    return this.#options.durationMs === 0;
  }

  get #isOver(): boolean {
    return !this.#next && (this.#hasEnded || (this.#framesLeft === 0 && !this.#isPaused));
  }

  get #aheadMs(): number {
    const { maxAheadMs, isAtOnce } = this.#options;
    return isAtOnce ? maxAheadMs : Math.min((this.bufferLengthMs ?? 0) + AHEAD_OF_BUFFER_MS, maxAheadMs);
  }

  /** What is to be sent now, whole messages; undefined if nothing is, and no bytes if the player wants nothing of what comes next. */
  #gather(maxBytes: number, nowMs: number): Uint8Array | undefined {
    const { framing, memory } = this.#options;
    let target: Uint8Array | undefined;
    let used = 0;
    for (let message = this.#due(nowMs); message; message = this.#due(nowMs)) {
      const entry = this.#timed(message);
      const length = framing.entryLength(entry);
      if (used > 0 && used + length > maxBytes) {
        if (!this.#hasHeadersLeft) this.#source.back();
        break;
      }
      this.#effort += ENTRY_EFFORT_BYTES;
      this.copiedEntries += 1;
      if (this.#isWanted(message)) {
        target ??= memory.take(Math.max(length, maxBytes));
        const end = framing.write(target, used, entry);
        if (this.#netStreamId !== undefined) framing.address?.(target.subarray(used, end), this.#netStreamId);
        this.#sentBytes += message.payload.length;
        this.#effort += Math.max(0, length - ENTRY_EFFORT_BYTES);
        used = end;
      }
      this.#pass(message);
      if (this.#notice || this.#effort >= maxBytes) break;
    }
    this.#outputBytes = used;
    if (target) return target.subarray(0, used);
    return this.#effort > 0 ? NOTHING : undefined;
  }

  /** The next header or message, if it is due. */
  #due(nowMs: number): Message | undefined {
    if (!this.#hasHeadersLeft && this.#framesLeft > 0) this.#takeOverInTime();
    if (this.#hasHeadersLeft) return this.#headers[this.#headersSent];
    if (this.#framesLeft === 0) return undefined;
    const nextMs = this.#lookAhead();
    if (nextMs === undefined) return undefined;
    if (this.#framesLeft !== Number.POSITIVE_INFINITY || nextMs <= this.#skipThroughMs) return this.#read();
    // A player cannot be further than what it was sent.
    if (nextMs < this.#clock.at(nowMs)) this.#clock.set(nextMs, nowMs);
    return nextMs <= this.#clock.at(nowMs) + this.#aheadMs ? this.#read() : undefined;
  }

  get #hasHeadersLeft(): boolean {
    return this.#headersSent < this.#headers.length;
  }

  /** The time of the next message; undefined after the last one, so far. */
  get #nextMs(): number | undefined {
    const { nextMs } = this.#source;
    return this.#hasEnded || nextMs === undefined || nextMs >= this.#endMs ? undefined : nextMs;
  }

  #lookAhead(): number | undefined {
    const nextMs = this.#nextMs;
    if (nextMs !== undefined) return nextMs;
    this.#hasEnded ||= this.#source.nextMs !== undefined || !this.#source.isGrowing;
    // It tells of what comes to those that have asked for it.
    if (!this.#hasEnded) this.#source.next();
    return undefined;
  }

  #takeOverInTime(): void {
    if (!this.#next) return;
    const nextMs = this.#lookAhead();
    if (this.#hasEnded || (nextMs !== undefined && nextMs >= this.#next.atMs)) this.#takeOver();
  }

  #read(): Message | undefined {
    const message = this.#source.next();
    this.#isLater = message === "later";
    if (message === "later") return undefined;
    if (!message) this.#hasEnded = !this.#source.isGrowing;
    return message;
  }

  /** The header or message was sent, or left out. */
  #pass(message: Message): void {
    if (this.#hasHeadersLeft) {
      this.#headersSent += 1;
      return;
    }
    this.#sentMs = Math.max(this.#sentMs, message.timestamp);
    if (this.#framesLeft !== Number.POSITIVE_INFINITY && this.#isPicture(message)) this.#framesLeft -= 1;
    if (!this.#hasTakenOver || !this.#isPicture(message)) return;
    this.#hasTakenOver = false;
    this.#switchTimestamp = message.timestamp + this.#shiftMs;
    this.#notice = "switched";
  }

  /** All players get headers: they may want the frames that need them at any moment. */
  #isWanted(message: Message): boolean {
    if (this.#hasHeadersLeft) return true;
    const { type, timestamp } = message;
    if (timestamp <= this.#skipThroughMs) return false;
    const isRestricted = this.#framesLeft !== Number.POSITIVE_INFINITY;
    if (type === MessageType.audio)
      return (this.#audio && !(isRestricted && this.#source.hasVideo)) || !isFrame(message);
    if (type === MessageType.video) return this.#video || !isFrame(message);
    return !isRestricted;
  }

  /** Whether it is what a player that wants a single frame wants. */
  #isPicture(message: Message): boolean {
    const type = this.#source.hasVideo ? MessageType.video : MessageType.audio;
    return message.type === type && isFrame(message);
  }

  #timed(message: Message): Message {
    if (this.#shiftMs === 0) return message;
    return { ...message, timestamp: (message.timestamp + this.#shiftMs) >>> 0 };
  }

  /** Sends again what is later than this. A player that has shown nothing yet begins as at first. */
  #resend(reachedMs: number): void {
    const position = this.#source.seek(Math.max(0, reachedMs));
    this.#goOn(position, reachedMs <= this.#startMs ? this.#source.headers.filter(isConfiguration) : []);
    this.#sentMs = Math.max(position, reachedMs);
    if (reachedMs > this.#startMs) this.#skipThroughMs = reachedMs;
  }

  #goOn(position: number, headers: readonly Message[]): void {
    this.#headers = headers;
    this.#headersSent = 0;
    this.#isLater = false;
    this.#hasEnded = false;
    this.#isFinished = false;
    this.#sentMs = position;
    this.#skipThroughMs = Number.NEGATIVE_INFINITY;
  }

  #switchPosition(positionMs: number | "fast" | undefined, nowMs: number): number {
    if (positionMs === "fast") return this.#clock.at(nowMs) + FAST_SWITCH_MS;
    return positionMs === undefined ? this.#sentMs + 1 : positionMs - this.#shiftMs;
  }

  #takeOver(): void {
    const { source, atMs } = this.#next!;
    this.#next = undefined;
    this.#source.close();
    this.#source = source;
    this.#goOn(atMs, source.headers);
    this.#hasTakenOver = true;
  }

  #takeNotice(): PlaybackNotice | undefined {
    const notice = this.#notice;
    this.#notice = undefined;
    return notice;
  }
}

const NOTHING = new Uint8Array(0);

/** Metadata is told once, decoder configurations after each jump. */
function isConfiguration({ type }: Message): boolean {
  return type === MessageType.audio || type === MessageType.video;
}

function isFrame({ type, payload }: Message): boolean {
  const header = type === MessageType.video ? parseVideoHeader(payload) : parseAudioHeader(payload);
  return header.kind === "frames";
}
