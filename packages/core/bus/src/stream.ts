import { parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import type { ApplicationOptions } from "./application-options.ts";
import { AUDIO_SYNC_DISTANCE_MS, VIDEO_GONE_MS } from "./limits.ts";
import type { LogBudget } from "./log-budget.ts";
import type { Playback } from "./playback.ts";
import { RetainedHeaders } from "./retained-headers.ts";
import type { StreamKey } from "./stream-key.ts";
import { METADATA_TIMESTAMP, StreamLog } from "./stream-log.ts";
import { Timeline } from "./timeline.ts";

/** What an audio or video message means for viewers that join, for filters, and for the clock. */
interface MediaRole {
  readonly isHeader: boolean;
  readonly isFrame: boolean;
  readonly isSync: boolean;
}

/**
 * A live stream: at most one publisher, any number of viewers, and the log between them. It outlives its publishers for
 * as long as it has viewers, or a publisher may come back.
 */
export class Stream {
  readonly key: StreamKey;
  readonly options: ApplicationOptions;
  readonly log: StreamLog;
  readonly viewers: Set<Playback<Uint8Array | Message>> = new Set();
  /** How often viewers of this stream have fallen off the log's tail. */
  lagCount = 0;
  #publisher: Publisher | undefined;
  /** Until when viewers wait for a publisher that has left; undefined if they do not. */
  #resumeUntilMs: number | undefined;
  readonly #headers: RetainedHeaders;
  readonly #timeline = new Timeline();
  /** The lowest video track seen, whose keyframes are where viewers begin, and when it was last seen. */
  #syncTrack: { readonly id: number; readonly seenMs: number } | undefined;

  constructor(key: StreamKey, options: ApplicationOptions, chunkSize: number, budget: LogBudget) {
    this.key = key;
    this.options = options;
    const { retentionMs, retentionBytes } = options;
    this.#headers = new RetainedHeaders(budget, () => this.log.head);
    this.log = new StreamLog({ chunkSize, retentionMs, retentionBytes }, budget, this.#headers);
  }

  get publisher(): Publisher | undefined {
    return this.#publisher;
  }

  get resumeUntilMs(): number | undefined {
    return this.#resumeUntilMs;
  }

  /** Whether viewers may expect something: there is a publisher, or one that may come back. */
  get live(): boolean {
    return this.#publisher !== undefined || this.#resumeUntilMs !== undefined;
  }

  /** Gives the stream to a new publisher; calls of the previous one are ignored. */
  publish(): Publisher {
    this.#publisher = new Publisher(this);
    this.#resumeUntilMs = undefined;
    this.log.clearSyncPoint();
    this.#headers.clear();
    this.#timeline.begin();
    this.#syncTrack = undefined;
    return this.#publisher;
  }

  unpublish(nowMs: number): void {
    this.#publisher = undefined;
    const { resumeWindowMs } = this.options;
    if (resumeWindowMs > 0 && this.viewers.size > 0) this.#resumeUntilMs = nowMs + resumeWindowMs;
    else this.endResume();
  }

  /** Ends the wait for a publisher. */
  endResume(): void {
    this.#resumeUntilMs = undefined;
    this.log.clearSyncPoint();
    this.#headers.clear();
  }

  /** Gives all memory back. The stream is not used afterwards. */
  close(): void {
    this.log.close();
    this.#headers.clear();
  }

  appendMedia(message: Message, nowMs: number): void {
    if (message.type === MessageType.video) this.#appendVideo(message, nowMs);
    else this.#appendAudio(message, nowMs);
  }

  appendData(message: Message, retain: string | undefined, nowMs: number): void {
    if (retain !== undefined) this.#headers.retainData(retain, message);
    const timestamp =
      retain === undefined ? this.#timeline.header(message.timestamp, nowMs) : METADATA_TIMESTAMP;
    this.log.append({ ...message, timestamp }, nowMs, retain !== undefined);
  }

  clearData(handler: string): void {
    this.#headers.clearData(handler);
  }

  #appendVideo(message: Message, nowMs: number): void {
    const header = parseVideoHeader(message.payload);
    const isHeader = this.#headers.retainVideo(header, message);
    let lowestTrackId = Number.POSITIVE_INFINITY;
    for (const { trackId } of header.tracks) lowestTrackId = Math.min(lowestTrackId, trackId);
    if (header.tracks.length > 0 && lowestTrackId <= (this.#syncTrackId(nowMs) ?? lowestTrackId)) {
      this.#syncTrack = { id: lowestTrackId, seenMs: nowMs };
    }
    const isSync = header.isKeyframe && lowestTrackId === this.#syncTrack?.id;
    this.#append(message, { isHeader, isFrame: header.kind === "frames", isSync }, nowMs);
  }

  #appendAudio(message: Message, nowMs: number): void {
    const header = parseAudioHeader(message.payload);
    const isHeader = this.#headers.retainAudio(header, message);
    const isFrame = header.kind === "frames";
    const isSync = isFrame && this.#syncTrackId(nowMs) === undefined && this.#isAudioSyncDue(nowMs);
    this.#append(message, { isHeader, isFrame, isSync }, nowMs);
  }

  #isAudioSyncDue(nowMs: number): boolean {
    const { syncPoint } = this.log;
    return syncPoint === undefined || nowMs - syncPoint.arrivedMs >= AUDIO_SYNC_DISTANCE_MS;
  }

  /** Undefined while there is only audio. */
  #syncTrackId(nowMs: number): number | undefined {
    return this.#syncTrack && nowMs - this.#syncTrack.seenMs < VIDEO_GONE_MS ? this.#syncTrack.id : undefined;
  }

  #append(message: Message, { isHeader, isFrame, isSync }: MediaRole, nowMs: number): void {
    const { type, messageStreamId, payload } = message;
    const timestamp = isFrame
      ? this.#timeline.frame(type === MessageType.video ? "video" : "audio", message.timestamp, nowMs)
      : this.#timeline.header(message.timestamp, nowMs);
    const position = this.log.append({ type, messageStreamId, payload, timestamp }, nowMs, isHeader);
    if (isSync) this.#markSyncPoint(position, timestamp, nowMs);
  }

  /** Viewers begin here with the current headers, whatever arrives before they read. */
  #markSyncPoint(position: number, timestamp: number, nowMs: number): void {
    this.#headers.mark();
    this.log.markSyncPoint(position, timestamp, () => this.#headers.marked(), nowMs);
  }
}

/** The right to write a stream, until it is ended or taken over. Afterwards it does nothing. */
export class Publisher {
  readonly stream: Stream;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** Whether the stream is still this publisher's. */
  get active(): boolean {
    return this.stream.publisher === this;
  }

  /** Audio or video. */
  media(message: Message, nowMs: number): void {
    if (this.active) this.stream.appendMedia(message, nowMs);
  }

  /** A data message; `retain` names its handler if viewers that join later must get it too. */
  data(message: Message, retain: string | undefined, nowMs: number): void {
    if (this.active) this.stream.appendData(message, retain, nowMs);
  }

  clearData(handler: string): void {
    if (this.active) this.stream.clearData(handler);
  }

  end(nowMs: number): void {
    if (this.active) this.stream.unpublish(nowMs);
  }
}
