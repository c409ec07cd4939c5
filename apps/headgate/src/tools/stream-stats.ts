import { type AmfObject, decodeAmf0Values, propertiesOf } from "@headgate/amf";
import { parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import type { ClientEvent } from "@headgate/session";

export interface TrackStats {
  readonly kind: "video" | "audio";
  readonly trackId: number;
  readonly codec: string;
  readonly enhanced: boolean;
  frames: number;
  bytes: number;
}

/** What a stream contains, as far as it was received. */
export class StreamStats {
  readonly #tracks = new Map<string, TrackStats>();
  readonly #keyframesMs: number[] = [];
  #firstMs: number | undefined;
  #lastMs = 0;
  metadata: AmfObject | undefined;

  get tracks(): readonly TrackStats[] {
    return [...this.#tracks.values()];
  }

  /** The duration received. Milliseconds of the stream. */
  get durationMs(): number {
    return this.#firstMs === undefined ? 0 : (this.#lastMs - this.#firstMs) | 0;
  }

  /** The average time between keyframes; undefined before the second one. Milliseconds. */
  get keyframeIntervalMs(): number | undefined {
    const [first, ...others] = this.#keyframesMs;
    const last = others.at(-1);
    return first === undefined || last === undefined ? undefined : (last - first) / others.length;
  }

  take(event: ClientEvent): void {
    if (event.kind === "data") this.#takeData(event);
    if (event.kind !== "media") return;
    const { type, timestamp, payload } = event.message;
    this.#firstMs ??= timestamp;
    this.#lastMs = timestamp;
    if (type === VIDEO) this.#takeVideo(payload, timestamp);
    else this.#takeAudio(payload);
  }

  #takeData({ message, retain }: Extract<ClientEvent, { kind: "data" }>): void {
    if (retain === "onMetaData") this.metadata = propertiesOf(decodeAmf0Values(message.payload)[1]);
  }

  #takeVideo(payload: Uint8Array, timestamp: number): void {
    const { tracks, kind, enhanced, isKeyframe } = parseVideoHeader(payload);
    if (isKeyframe) this.#keyframesMs.push(timestamp);
    for (const { trackId, codec } of tracks)
      this.#count({ kind: "video", trackId, codec, enhanced }, payload, kind === "frames");
  }

  #takeAudio(payload: Uint8Array): void {
    const { tracks, kind, enhanced } = parseAudioHeader(payload);
    for (const { trackId, codec } of tracks)
      this.#count({ kind: "audio", trackId, codec, enhanced }, payload, kind === "frames");
  }

  #count(track: Omit<TrackStats, "frames" | "bytes">, payload: Uint8Array, isFrame: boolean): void {
    const key = `${track.kind} ${track.trackId} ${track.codec}`;
    const known = this.#tracks.get(key) ?? { ...track, frames: 0, bytes: 0 };
    this.#tracks.set(key, known);
    known.bytes += payload.length;
    if (isFrame) known.frames += 1;
  }
}

const VIDEO = 9;
