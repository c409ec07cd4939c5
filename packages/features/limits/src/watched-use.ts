import type { RefusalCode, Session, StreamUse } from "@headgate/gateway";
import { codecKey } from "./fields.ts";
import { codecsOf, sizesOf } from "./published-media.ts";
import { fits, type RunningLimits } from "./running-limits.ts";
import { SustainedBitrate } from "./sustained-bitrate.ts";

/** What is new is looked at each time, because its codecs and its size are known soon. Later once a second. Milliseconds. */
const NEW_MS = 5_000;
const INTERVAL_MS = 1_000;

/** A stream that a session publishes or plays within limits. */
export class WatchedUse {
  readonly session: Session;
  readonly use: StreamUse;
  readonly limits: RunningLimits;
  /** Bits a second; undefined in the first ten seconds. */
  bitrate: number | undefined;
  readonly #sustained = new SustainedBitrate();
  #nextMs = 0;
  #bytes = 0;
  #heardMs: number;

  constructor(session: Session, use: StreamUse, limits: RunningLimits, nowMs: number) {
    this.session = session;
    this.use = use;
    this.limits = limits;
    this.#heardMs = nowMs;
  }

  /** The limit that it passes, if it is time to look. */
  check(nowMs: number): RefusalCode | undefined {
    if (nowMs < this.#nextMs) return undefined;
    const ageMs = nowMs - this.use.startedMs;
    this.#nextMs = nowMs + (ageMs < NEW_MS ? 0 : INTERVAL_MS);
    const { maxDurationMs } = this.limits;
    this.#measure(nowMs);
    if (maxDurationMs !== undefined && ageMs >= maxDurationMs) return "DURATION_EXCEEDED";
    if (this.bitrate !== undefined && this.bitrate > (this.limits.maxBitrate ?? Number.POSITIVE_INFINITY))
      return "BITRATE_EXCEEDED";
    return this.use.kind === "publish" ? this.#checkMedia(nowMs) : undefined;
  }

  /** What a viewer is sent is what the stream carries, unless the viewer lags. Of a recording it is as much as its buffer takes. */
  #measure(nowMs: number): void {
    if (!this.use.stream) return;
    const { videoBytes, audioBytes, dataBytes } = this.use.stream.meter;
    const bytes = videoBytes + audioBytes + dataBytes;
    if (bytes !== this.#bytes) this.#heardMs = nowMs;
    this.#bytes = bytes;
    this.bitrate = this.#sustained.take(nowMs, bytes);
  }

  #checkMedia(nowMs: number): RefusalCode | undefined {
    const { maxIdleMs, videoCodecs, audioCodecs, maxResolution } = this.limits;
    const { stream } = this.use;
    if (!stream) return undefined;
    if (maxIdleMs !== undefined && nowMs - this.#heardMs >= maxIdleMs) return "PUBLISHER_IDLE";
    const isAllowed = (medium: "audio" | "video", allowed: ReadonlySet<string> | undefined): boolean =>
      !allowed || [...codecsOf(stream, medium)].every((codec) => allowed.has(codecKey(codec)));
    if (!isAllowed("video", videoCodecs) || !isAllowed("audio", audioCodecs)) return "CODEC_DENIED";
    if (maxResolution && !sizesOf(stream).every((size) => fits(size, maxResolution)))
      return "RESOLUTION_EXCEEDED";
    return undefined;
  }
}
