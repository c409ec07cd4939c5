import type { Stream } from "@headgate/bus";
import type { Session } from "@headgate/gateway";
import { ratioOf } from "./elapsed.ts";
import { FIELDS, History } from "./history.ts";

/** Samples one stream once a second, from what it counts anyway. */
export class StreamQuality {
  readonly history: History;
  readonly #stream: Stream;
  #bytes: number;
  #frames: number;
  #lags: number;
  #atMs: number;
  /** Of its viewers, in the second that is being sampled. */
  #greatestLagMs: number | undefined;
  #leastBufferMs: number | undefined;

  constructor(stream: Stream, nowMs: number, second: number) {
    this.history = new History(FIELDS, second);
    this.#stream = stream;
    this.#bytes = bytesOf(stream);
    this.#frames = stream.meter.videoFrames;
    this.#lags = stream.lagCount;
    this.#atMs = nowMs;
  }

  /** One of its viewers is so far behind, and has told this length of its buffer. */
  heardOf(lagMs: number, bufferMs: number | undefined): void {
    this.#greatestLagMs = Math.max(this.#greatestLagMs ?? 0, lagMs);
    if (bufferMs !== undefined) this.#leastBufferMs = Math.min(this.#leastBufferMs ?? bufferMs, bufferMs);
  }

  /** `publisher`: its session, if a client publishes the stream. */
  take(publisher: Session | undefined, nowMs: number, second: number): void {
    const { meter, lagCount } = this.#stream;
    const bytes = bytesOf(this.#stream);
    const perSecond = ratioOf(nowMs - this.#atMs);
    this.history.add(second, {
      bitrate_kbps: perSecond && (8 * (bytes - this.#bytes) * perSecond) / 1_000,
      fps: perSecond && (meter.videoFrames - this.#frames) * perSecond,
      drops: lagCount - this.#lags,
      rtt_ms: publisher?.roundTripMs,
      lag_ms: this.#greatestLagMs,
      buffer_ms: this.#leastBufferMs,
    });
    this.#bytes = bytes;
    this.#frames = meter.videoFrames;
    this.#lags = lagCount;
    this.#atMs = nowMs;
    this.#greatestLagMs = undefined;
    this.#leastBufferMs = undefined;
  }
}

function bytesOf({ meter }: Stream): number {
  return meter.videoBytes + meter.audioBytes + meter.dataBytes;
}
