import { MARK_LENGTH, monotonicMs, writeMark } from "./mark.ts";

export interface MediaOptions {
  /** Of the video. Bits per second. */
  readonly bitrate: number;
  readonly framesPerSecond: number;
  readonly keyframeSeconds: number;
}

/** AAC frames of 1024 samples at 48 kHz, at 128 kb/s. */
const AUDIO_PER_SECOND = 48_000 / 1024;
const AUDIO_BYTES = 340;

/** A keyframe is so many times as long as the frames between. */
const KEYFRAME_WEIGHT = 5;

/** Where a mark stands, after the header that says what the message is (FLV 10.1 §E.4.2.1, §E.4.3.1). */
export const VIDEO_MARK_AT = 5;
export const AUDIO_MARK_AT = 2;

export const AUDIO = 8;
export const VIDEO = 9;

export interface SyntheticMessage {
  readonly type: typeof AUDIO | typeof VIDEO;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** Decoder configurations that servers accept; the media is never decoded. */
export const CONFIGURATIONS: readonly SyntheticMessage[] = [
  {
    type: VIDEO,
    timestamp: 0,
    payload: Uint8Array.from(Buffer.from("17000000000164001fffe1000467640000010004" + "68ee3c80", "hex")),
  },
  { type: AUDIO, timestamp: 0, payload: Uint8Array.of(0xaf, 0, 0x11, 0x90) },
];

/** Messages shaped like H.264 and AAC, each with a mark. */
export class SyntheticMedia {
  readonly #options: MediaOptions;
  #frames = 0;
  #sounds = 0;

  constructor(options: MediaOptions) {
    this.#options = options;
  }

  /** What is due by then, in milliseconds since the stream began. */
  *due(elapsedMs: number): Iterable<SyntheticMessage> {
    const { framesPerSecond } = this.#options;
    for (;;) {
      const frameMs = (this.#frames * 1000) / framesPerSecond;
      const soundMs = (this.#sounds * 1000) / AUDIO_PER_SECOND;
      if (Math.min(frameMs, soundMs) > elapsedMs) return;
      yield frameMs <= soundMs ? this.#frame(frameMs) : this.#sound(soundMs);
    }
  }

  #frame(timestamp: number): SyntheticMessage {
    const { bitrate, framesPerSecond, keyframeSeconds } = this.#options;
    const perGroup = Math.round(keyframeSeconds * framesPerSecond);
    const isKeyframe = this.#frames % perGroup === 0;
    const unit = (bitrate / 8) * (keyframeSeconds / (perGroup - 1 + KEYFRAME_WEIGHT));
    const payload = new Uint8Array(
      Math.max(VIDEO_MARK_AT + MARK_LENGTH, Math.round(isKeyframe ? KEYFRAME_WEIGHT * unit : unit)),
    );
    payload.set([isKeyframe ? 0x17 : 0x27, 1, 0, 0, 0]);
    writeMark(payload, VIDEO_MARK_AT, { sequence: this.#frames++, sentMs: monotonicMs() });
    return { type: VIDEO, timestamp: Math.round(timestamp), payload };
  }

  #sound(timestamp: number): SyntheticMessage {
    const payload = new Uint8Array(AUDIO_BYTES);
    payload.set([0xaf, 1]);
    writeMark(payload, AUDIO_MARK_AT, { sequence: this.#sounds++, sentMs: monotonicMs() });
    return { type: AUDIO, timestamp: Math.round(timestamp), payload };
  }
}
