import type { Message } from "@headgate/message";

/** Rates are asked for over half a minute at most. The ring has room for that, and for the bucket that is being filled. */
const BUCKET_MS = 5_000;
const BUCKETS = 8;

/** What each bucket counts. */
const VIDEO_BYTES = 0;
const AUDIO_BYTES = 1;
const VIDEO_FRAMES = 2;
const FIELDS = 3;

/** A rate over less than this says more about the moment than about the stream. Milliseconds. */
const MIN_SPAN_MS = 1_000;

/** How much of the difference to the last value is taken over: the jitter of single messages is not drift. */
const DRIFT_SHARE = 1 / 16;

/** Per second. */
export interface StreamRates {
  readonly videoBytes: number;
  readonly audioBytes: number;
  readonly videoFrames: number;
}

/**
 * Counts what is published in a stream, with a few additions for each message and nothing for its viewers. What follows from
 * that is worked out when it is asked for.
 */
export class StreamMeter {
  videoBytes = 0;
  audioBytes = 0;
  dataBytes = 0;
  videoFrames = 0;
  audioFrames = 0;
  keyframes = 0;
  /** Between the last two keyframes, by their timestamps; undefined before there are two. */
  keyframeIntervalMs: number | undefined;
  readonly #buckets = new Float64Array(BUCKETS * FIELDS);
  /** The number of the bucket that is being filled, counted since the clock's zero. */
  #bucket = 0;
  #sinceMs: number | undefined;
  #keyframeTimestamp: number | undefined;
  /** How much later than their timestamps the last messages have arrived. Milliseconds. */
  #audioDelayMs: number | undefined;
  #videoDelayMs: number | undefined;
  #driftMs = 0;

  /** How far pictures have fallen behind sound since the publisher began, smoothed; undefined unless there are both. */
  get driftMs(): number | undefined {
    const hasBoth = this.#audioDelayMs !== undefined && this.#videoDelayMs !== undefined;
    return hasBoth ? this.#driftMs : undefined;
  }

  /** Another publisher begins: its clock is another one. What was counted stays. */
  begin(): void {
    this.keyframeIntervalMs = undefined;
    this.#keyframeTimestamp = undefined;
    this.#audioDelayMs = undefined;
    this.#videoDelayMs = undefined;
    this.#driftMs = 0;
  }

  video({ timestamp, payload }: Message, isFrame: boolean, isKeyframe: boolean, nowMs: number): void {
    const at = this.#at(nowMs);
    this.videoBytes += payload.length;
    this.#buckets[at + VIDEO_BYTES]! += payload.length;
    if (!isFrame) return;
    this.videoFrames += 1;
    this.#buckets[at + VIDEO_FRAMES]! += 1;
    this.#videoDelayMs = nowMs - timestamp;
    this.#measureDrift();
    if (isKeyframe) this.#keyframe(timestamp);
  }

  audio({ timestamp, payload }: Message, isFrame: boolean, nowMs: number): void {
    const at = this.#at(nowMs);
    this.audioBytes += payload.length;
    this.#buckets[at + AUDIO_BYTES]! += payload.length;
    if (!isFrame) return;
    this.audioFrames += 1;
    this.#audioDelayMs = nowMs - timestamp;
    this.#measureDrift();
  }

  data({ payload }: Message): void {
    this.dataBytes += payload.length;
  }

  /** Over this time, of which there is half a minute at most, or since the first message. */
  rates(nowMs: number, windowMs: number): StreamRates {
    if (this.#sinceMs === undefined) return { videoBytes: 0, audioBytes: 0, videoFrames: 0 };
    this.#at(nowMs);
    const count = Math.min(Math.ceil(windowMs / BUCKET_MS), BUCKETS - 1);
    const sums = [0, 0, 0];
    for (let back = 0; back <= count; back += 1) {
      const at = this.#offsetOf(this.#bucket - back);
      for (let field = 0; field < FIELDS; field += 1) sums[field]! += this.#buckets[at + field]!;
    }
    const windowStartMs = (this.#bucket - count) * BUCKET_MS;
    const spanMs = Math.max(MIN_SPAN_MS, nowMs - Math.max(this.#sinceMs, windowStartMs));
    const [videoBytes, audioBytes, videoFrames] = sums.map((sum) => (sum * 1_000) / spanMs);
    return { videoBytes: videoBytes!, audioBytes: audioBytes!, videoFrames: videoFrames! };
  }

  #keyframe(timestamp: number): void {
    this.keyframes += 1;
    if (this.#keyframeTimestamp !== undefined)
      this.keyframeIntervalMs = (timestamp - this.#keyframeTimestamp) >>> 0;
    this.#keyframeTimestamp = timestamp;
  }

  #measureDrift(): void {
    if (this.#audioDelayMs === undefined || this.#videoDelayMs === undefined) return;
    this.#driftMs += DRIFT_SHARE * (this.#videoDelayMs - this.#audioDelayMs - this.#driftMs);
  }

  /** Where the bucket of this time begins. Those that have been skipped are emptied. */
  #at(nowMs: number): number {
    this.#sinceMs ??= nowMs;
    const bucket = Math.floor(nowMs / BUCKET_MS);
    if (bucket !== this.#bucket) this.#turnTo(bucket);
    return this.#offsetOf(bucket);
  }

  #turnTo(bucket: number): void {
    const first = Math.max(this.#bucket + 1, bucket - BUCKETS + 1);
    for (let each = first; each <= bucket; each += 1) {
      const at = this.#offsetOf(each);
      this.#buckets.fill(0, at, at + FIELDS);
    }
    this.#bucket = bucket;
  }

  #offsetOf(bucket: number): number {
    return (((bucket % BUCKETS) + BUCKETS) % BUCKETS) * FIELDS;
  }
}
