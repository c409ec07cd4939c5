import { parseAudioHeader, parseVideoHeader, videoTrackData } from "@headgate/flv";
import type { Publication } from "@headgate/gateway";
import { copyOf, isMetadata, type Message, MessageType } from "@headgate/message";
import type { Guard } from "@headgate/transport";
import type { ChannelClock } from "./channel-clock.ts";
import type { ItemProblem, ItemSource, Next } from "./item-source.ts";
import {
  FIRST_FRAME_MS,
  MAX_BEHIND_MS,
  MAX_FIRST_HEADERS,
  MAX_MESSAGES_AT_ONCE,
  MAX_TIMER_MS,
  OPEN_AHEAD_MS,
  STALL_MS,
  TIMER_STEP_MS,
} from "./limits.ts";
import type { Medium, Splicer } from "./splicer.ts";

/** Where items are sent, and in which time. */
export interface Output {
  readonly publication: Pick<Publication, "media" | "data" | "renew">;
  readonly splicer: Splicer;
  readonly clock: ChannelClock;
}

export interface ItemPlayerOptions {
  readonly output: Output;
  /** Milliseconds of a clock that never runs backward. */
  readonly now: () => number;
  readonly guard: Guard;
  /** Since when the item is open. Milliseconds of this clock. */
  readonly openedMs: number;
  /** Its first frame is about to be sent: what comes from now on is its own. */
  readonly onBegin: () => void;
  /** Its first frame was sent. */
  readonly onBegun: () => void;
  /** It will be over soon. */
  readonly onNearEnd: () => void;
  /** It is over; not called after {@link ItemPlayer.stop}. */
  readonly onOver: (problem: ItemProblem | undefined) => void;
}

/** Sends one item when it is due, with the timestamps of its playlist. */
export class ItemPlayer {
  /** Of messages, as they are published. */
  bytes = 0;
  readonly #source: ItemSource;
  readonly #options: ItemPlayerOptions;
  readonly #onTimer: () => void;
  /** What is sent in front of the first frame. */
  #headers: Message[] = [];
  /** The first message besides them, which waits until it is due. */
  #first: { readonly next: Next; readonly message: Message } | undefined;
  #hasBegun = false;
  #isNearEnd = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  /** How much later a live stream is sent than it has come. Milliseconds. */
  #delayMs: number | undefined;
  /** Since when there is nothing to be sent; undefined if there is something. */
  #laterSinceMs: number | undefined;

  constructor(source: ItemSource, options: ItemPlayerOptions) {
    this.#source = source;
    this.#options = options;
    this.#onTimer = options.guard.entry(() => this.#send());
  }

  start(): void {
    this.#options.output.splicer.begin();
    this.#source.onReady = () => this.#options.guard.run(() => this.#send());
    this.#source.begin();
    this.#send();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#source.close();
  }

  #send(): void {
    clearTimeout(this.#timer);
    for (let sent = 0; !this.#isOver; sent += 1) {
      const nowMs = this.#options.now();
      const next = this.#first?.next ?? this.#source.next(nowMs);
      if (next === "over") return this.#endAtItsEnd();
      if (next === "later") return this.#awaitMore(nowMs);
      if (!next.isHeader && !this.#hasBegun && !this.#first) {
        this.#takeFirst(next);
        continue;
      }
      const waitMs = next.isHeader ? 0 : this.#waitFor(next, nowMs);
      if (waitMs === undefined) return this.#end(undefined);
      if (waitMs > TIMER_STEP_MS || sent >= MAX_MESSAGES_AT_ONCE) return this.#wakeIn(waitMs);
      this.#laterSinceMs = undefined;
      this.#pass(next, nowMs);
    }
  }

  /** How long until it is due; undefined if the item is over before. Milliseconds. */
  #waitFor({ timestamp, arrivedMs }: Next, nowMs: number): number | undefined {
    const { splicer, clock } = this.#options.output;
    const atMs = splicer.at(timestamp);
    if (atMs - splicer.beginMs >= this.#source.lengthMs) return undefined;
    if (this.#delayMs !== undefined && arrivedMs !== undefined) return arrivedMs + this.#delayMs - nowMs;
    const dueMs = clock.whenMs(atMs, nowMs);
    if (dueMs < nowMs - MAX_BEHIND_MS) clock.set(atMs, nowMs);
    return dueMs - nowMs;
  }

  #pass(next: Next, nowMs: number): void {
    const { splicer, clock } = this.#options.output;
    const message = this.#first?.message ?? this.#source.take();
    this.#first = undefined;
    if (!message) return;
    if (next.isHeader) return this.#passHeader(message);
    const isFirst = !this.#hasBegun;
    if (isFirst) this.#begin(next, nowMs);
    // A live stream keeps its own time, which may differ from ours by seconds in a day.
    if (next.arrivedMs !== undefined || !clock.isRunning) clock.set(splicer.at(next.timestamp), nowMs);
    // The first message may be due later than its own time, because others were put before it.
    const atMs = splicer.at(message.timestamp);
    this.#publish(message, isFirst ? Math.max(atMs, splicer.beginMs) : atMs);
    if (isFirst) this.#options.onBegun();
    this.#checkEnd();
  }

  /** What it is decides when it is due. */
  #takeFirst(next: Next): void {
    const message = this.#source.take();
    if (!message) return;
    this.#first = { next, message: copyOf(message) };
    this.#options.output.splicer.showFirst(compositionOf(message));
  }

  #passHeader(message: Message): void {
    if (this.#hasBegun) this.#publish(message, this.#options.output.splicer.newestMs, true);
    else if (this.#headers.push(message) > MAX_FIRST_HEADERS) this.#headers.shift();
  }

  #begin({ arrivedMs }: Next, nowMs: number): void {
    this.#hasBegun = true;
    if (arrivedMs !== undefined) this.#delayMs = nowMs - arrivedMs;
    this.#options.onBegin();
    for (const header of this.#headers) this.#publish(header, this.#options.output.splicer.beginMs, true);
    this.#headers = [];
  }

  #publish(message: Message, atMs: number, isHeader = false): void {
    const { publication, splicer } = this.#options.output;
    const timed = { ...message, timestamp: atMs >>> 0 };
    if (message.type === MessageType.dataAmf0) publication.data(timed, retainedName(message, isHeader));
    else {
      const medium: Medium = message.type === MessageType.video ? "video" : "audio";
      const { kind } = (medium === "video" ? parseVideoHeader : parseAudioHeader)(message.payload);
      // The stream goes on.
      if (kind === "sequenceEnd") return;
      if (kind === "frames") {
        // Sound of before the first picture.
        if (atMs < splicer.beginMs) return;
        splicer.frame(medium, atMs, compositionOf(message));
      }
      publication.media(timed);
    }
    this.bytes += message.payload.length;
  }

  #checkEnd(): void {
    const { splicer } = this.#options.output;
    const leftMs = splicer.beginMs + this.#source.expectedMs - splicer.newestMs;
    if (this.#isNearEnd || leftMs > OPEN_AHEAD_MS) return;
    this.#isNearEnd = true;
    this.#options.onNearEnd();
  }

  #awaitMore(nowMs: number): void {
    this.#laterSinceMs ??= nowMs;
    const leftMs = this.#deadlineMs(this.#laterSinceMs, nowMs) - nowMs;
    if (leftMs > 0) return Number.isFinite(leftMs) ? this.#wakeIn(leftMs) : undefined;
    if (!this.#source.isLive) return this.#end("PLAYLIST_ITEM_STALLED");
    this.#end(this.#hasBegun ? undefined : "PLAYLIST_ITEM_MISSING");
  }

  /** How long more is waited for. A live stream of which nothing comes is on for as long as it was to be. */
  #deadlineMs(sinceMs: number, nowMs: number): number {
    const { splicer, clock } = this.#options.output;
    if (!this.#source.isLive) return sinceMs + STALL_MS;
    if (this.#hasBegun) return clock.whenMs(splicer.beginMs + this.#source.lengthMs, nowMs);
    return Math.max(clock.whenMs(splicer.beginMs, nowMs), this.#options.openedMs + FIRST_FRAME_MS);
  }

  #wakeIn(waitMs: number): void {
    this.#timer = setTimeout(this.#onTimer, Math.min(Math.max(0, waitMs), MAX_TIMER_MS));
  }

  #endAtItsEnd(): void {
    if (this.#hasBegun) return this.#end(this.#source.problem);
    this.#end(this.#source.isLive ? "PLAYLIST_ITEM_MISSING" : "PLAYLIST_ITEM_UNREADABLE");
  }

  #end(problem: ItemProblem | undefined): void {
    this.stop();
    this.#options.onOver(problem);
  }
}

/** How much later than it is decoded a picture is shown; 0 for all else. Milliseconds. */
function compositionOf({ type, payload }: Message): number {
  if (type !== MessageType.video) return 0;
  return videoTrackData(parseVideoHeader(payload), payload)[0]?.compositionTimeMs ?? 0;
}

/** The handler of a data message that is kept for viewers which come later. */
function retainedName({ payload }: Message, isHeader: boolean): string | undefined {
  if (isMetadata(payload)) return "onMetaData";
  if (!isHeader || payload[0] !== AMF0_STRING) return undefined;
  const length = ((payload[1] ?? 0) << 8) | (payload[2] ?? 0);
  return new TextDecoder().decode(payload.subarray(3, 3 + length));
}

const AMF0_STRING = 2;
