import { keyframeSize, type PictureSize, parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";
import type { ApplicationOptions } from "./application-options.ts";
import type { Framing } from "./framing.ts";
import { AUDIO_SYNC_DISTANCE_MS, VIDEO_GONE_MS } from "./limits.ts";
import type { LogBudget } from "./log-budget.ts";
import { RetainedHeaders } from "./retained-headers.ts";
import type { StreamKey } from "./stream-key.ts";
import { StreamLog } from "./stream-log.ts";
import { StreamLogs } from "./stream-logs.ts";
import { StreamMeter } from "./stream-meter.ts";
import { METADATA_TIMESTAMP } from "./sync-point.ts";
import { Timeline } from "./timeline.ts";

/** Reads a stream until it leaves. */
export interface StreamReader {
  /** How often it was too slow and lost its place. */
  readonly lagCount: number;
  leave(): void;
}

/**
 * A live stream: at most one publisher, any number of viewers, and a log between them. It outlives its publishers for
 * as long as it has viewers, or a publisher may come back.
 */
export class Stream {
  readonly key: StreamKey;
  readonly options: ApplicationOptions;
  readonly viewers: Set<StreamReader> = new Set();
  /** How often viewers of this stream have fallen off the log's tail. */
  lagCount = 0;
  /** What viewers were sent of it, as far as that is counted. */
  sentBytes = 0;
  /** What has been published in it. */
  readonly meter: StreamMeter = new StreamMeter();
  #publisher: Publisher | undefined;
  /** Until when viewers wait for a publisher that has left; undefined if they do not. */
  #resumeUntilMs: number | undefined;
  readonly #headers: RetainedHeaders;
  readonly #logs: StreamLogs;
  readonly #timeline = new Timeline();
  #keyframeSize: PictureSize | undefined;
  /** The lowest video track seen, whose keyframes are where viewers begin, and when it was last seen. */
  #syncTrackId: number | undefined;
  #syncTrackSeenMs = 0;

  constructor(key: StreamKey, options: ApplicationOptions, framing: Framing, budget: LogBudget) {
    this.key = key;
    this.options = options;
    const { retentionMs, retentionBytes } = options;
    this.#headers = new RetainedHeaders(budget, () => this.#logs.first.nextNumber);
    const log = new StreamLog({ framing, retentionMs, retentionBytes }, budget, this.#headers);
    this.#logs = new StreamLogs(log);
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

  /** Of the frame that came last; undefined before the first of its publisher. Milliseconds. */
  get newestTimestamp(): number | undefined {
    return this.#timeline.newestTimestamp;
  }

  /** Undefined while there is none. */
  codecOf(medium: "audio" | "video"): string | undefined {
    return this.#headers.codecOf(medium);
  }

  /** What the newest keyframe says of its size itself, as those of VP9 and AV1 do. */
  get keyframeSize(): PictureSize | undefined {
    return this.#keyframeSize;
  }

  /** Metadata, and the decoder configurations in force: what a viewer needs before its first frame. */
  get headers(): readonly Message[] {
    return this.#headers.current();
  }

  /**
   * The log in this framing, or the one that the stream always has. A reader in another framing gives its log back with
   * {@link leaveLog}: it is there from its first reader to its last.
   */
  log(framing: Framing = this.#logs.first.framing): StreamLog {
    return this.#logs.join(framing);
  }

  leaveLog(log: StreamLog): void {
    this.#logs.leave(log);
  }

  /** Whether it had pictures of late. */
  hasVideo(nowMs: number): boolean {
    return this.#presentSyncTrackId(nowMs) !== undefined;
  }

  /** Gives the stream to a new publisher; calls of the previous one are ignored. */
  publish(): Publisher {
    this.#publisher = new Publisher(this);
    this.#resumeUntilMs = undefined;
    this.#logs.clearSyncPoint();
    this.#headers.clear();
    this.#timeline.begin();
    this.meter.begin();
    this.#keyframeSize = undefined;
    this.#syncTrackId = undefined;
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
    this.#logs.clearSyncPoint();
    this.#headers.clear();
  }

  /** Gives all memory back, and ends the wait for a publisher: what still knows the stream sees that it is over. */
  close(): void {
    this.endResume();
    this.#logs.close();
  }

  /** What comes next is other content, such as the next item of a playlist: its headers come with it. */
  renew(): void {
    this.#headers.forget();
    this.#keyframeSize = undefined;
    this.#syncTrackId = undefined;
  }

  appendMedia(message: Message, nowMs: number): void {
    if (message.type === MessageType.video) this.#appendVideo(message, nowMs);
    else this.#appendAudio(message, nowMs);
  }

  appendData(message: Message, retain: string | undefined, nowMs: number): void {
    this.meter.data(message);
    if (retain !== undefined) this.#headers.retainData(retain, message);
    const timestamp =
      retain === undefined ? this.#timeline.header(message.timestamp, nowMs) : METADATA_TIMESTAMP;
    this.#logs.append({ ...message, timestamp }, nowMs, retain !== undefined);
  }

  clearData(handler: string): void {
    this.#headers.clearData(handler);
  }

  #appendVideo(message: Message, nowMs: number): void {
    const header = parseVideoHeader(message.payload);
    this.meter.video(message, header.kind === "frames", header.isKeyframe, nowMs);
    if (header.isKeyframe) this.#keyframeSize = keyframeSize(header, message.payload);
    const isHeader = this.#headers.retainVideo(header, message);
    let lowestTrackId = Number.POSITIVE_INFINITY;
    for (const { trackId } of header.tracks) lowestTrackId = Math.min(lowestTrackId, trackId);
    if (header.tracks.length > 0 && lowestTrackId <= (this.#presentSyncTrackId(nowMs) ?? lowestTrackId)) {
      this.#syncTrackId = lowestTrackId;
      this.#syncTrackSeenMs = nowMs;
    }
    const isSync = header.isKeyframe && lowestTrackId === this.#syncTrackId;
    const timed = this.#timed(message, header.kind === "frames", nowMs);
    this.#logs.append(timed, nowMs, isHeader, isSync ? this.#markHeaders() : undefined);
  }

  #appendAudio(message: Message, nowMs: number): void {
    const header = parseAudioHeader(message.payload);
    const isHeader = this.#headers.retainAudio(header, message);
    const isFrame = header.kind === "frames";
    this.meter.audio(message, isFrame, nowMs);
    const isSync = isFrame && this.#presentSyncTrackId(nowMs) === undefined && this.#isAudioSyncDue(nowMs);
    const timed = this.#timed(message, isFrame, nowMs);
    this.#logs.append(timed, nowMs, isHeader, isSync ? this.#markHeaders() : undefined);
  }

  #isAudioSyncDue(nowMs: number): boolean {
    const { syncPoint } = this.#logs.first;
    return syncPoint === undefined || nowMs - syncPoint.arrivedMs >= AUDIO_SYNC_DISTANCE_MS;
  }

  /** Undefined while there is only audio. */
  #presentSyncTrackId(nowMs: number): number | undefined {
    return nowMs - this.#syncTrackSeenMs < VIDEO_GONE_MS ? this.#syncTrackId : undefined;
  }

  /** The message with its time in the stream, which most often is the one it was published with. */
  #timed(message: Message, isFrame: boolean, nowMs: number): Message {
    const { type, timestamp: published } = message;
    const timestamp = isFrame
      ? this.#timeline.frame(type === MessageType.video ? "video" : "audio", published, nowMs)
      : this.#timeline.header(published, nowMs);
    return timestamp === published ? message : { ...message, timestamp };
  }

  /** Viewers begin at the next entry with the current headers, whatever arrives before they read. */
  #markHeaders(): () => readonly Message[] {
    this.#headers.mark();
    return () => this.#headers.marked();
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

  renew(): void {
    if (this.active) this.stream.renew();
  }

  end(nowMs: number): void {
    if (this.active) this.stream.unpublish(nowMs);
  }
}
