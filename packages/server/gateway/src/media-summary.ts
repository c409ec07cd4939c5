import { decodeAmf0Values, propertiesOf } from "@headgate/amf";
import { ProtocolError } from "@headgate/bytes";
import { parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { type Message, MessageType } from "@headgate/message";

/** How long a publisher is looked at: long enough for its rate, short enough for the one who waits for the line. Milliseconds. */
const OBSERVED_MS = 3_000;

/** For the log. */
export interface MediaFacts {
  readonly video?: string | undefined;
  readonly audio?: string | undefined;
  /** `1280x720`, as the publisher says itself. */
  readonly size?: string | undefined;
  readonly framesPerSecond?: number | undefined;
  readonly kilobitsPerSecond?: number | undefined;
}

/** What a publisher sends in its first seconds. */
export class MediaSummary {
  #firstTimestamp: number | undefined;
  #spanMs = 0;
  #startedMs: number | undefined;
  #bytes = 0;
  #frames = 0;
  #video: string | undefined;
  #audio: string | undefined;
  #size: string | undefined;
  #hasMetadata = false;

  /** Whether it has seen enough. */
  isDone(nowMs: number): boolean {
    return this.#spanMs >= OBSERVED_MS || nowMs - (this.#startedMs ?? nowMs) >= OBSERVED_MS;
  }

  /** Undefined if nothing has come. */
  get facts(): MediaFacts | undefined {
    if (this.#startedMs === undefined) return undefined;
    const seconds = this.#spanMs / 1000;
    return {
      video: this.#video,
      audio: this.#audio,
      size: this.#size,
      ...(seconds > 0 && {
        framesPerSecond: this.#frames > 0 ? Math.round((this.#frames - 1) / seconds) : undefined,
        kilobitsPerSecond: Math.round((8 * this.#bytes) / this.#spanMs),
      }),
    };
  }

  media({ type, timestamp, payload }: Message, nowMs: number): void {
    this.#startedMs ??= nowMs;
    this.#firstTimestamp ??= timestamp;
    this.#spanMs = Math.max(this.#spanMs, (timestamp - this.#firstTimestamp) | 0);
    this.#bytes += payload.length;
    if (type === MessageType.audio) this.#audio ??= parseAudioHeader(payload).tracks[0]?.codec;
    else this.#takeVideo(payload);
  }

  /** The first metadata says how large the pictures are. */
  metadata({ payload }: Message): void {
    if (this.#hasMetadata) return;
    this.#hasMetadata = true;
    try {
      const { width, height } = propertiesOf(decodeAmf0Values(payload)[1]) ?? {};
      if (typeof width === "number" && typeof height === "number") this.#size = `${width}x${height}`;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  #takeVideo(payload: Uint8Array): void {
    const { kind, tracks } = parseVideoHeader(payload);
    this.#video ??= tracks[0]?.codec;
    if (kind === "frames") this.#frames += 1;
  }
}
