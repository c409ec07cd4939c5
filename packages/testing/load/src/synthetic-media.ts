import { MARK_LENGTH, monotonicMs, writeMark } from "./mark.ts";

export interface MediaOptions {
  /** Of the video; 0 for sound alone. Bits per second. */
  readonly bitrate: number;
  /** Of the sound, if not the usual. Bits per second. */
  readonly soundBitrate?: number;
  readonly framesPerSecond: number;
  readonly keyframeSeconds: number;
}

/** AAC frames of 1024 samples at 48 kHz. */
const AUDIO_PER_SECOND = 48_000 / 1024;
const SOUND_BITRATE = 128_000;

/** A keyframe is so many times as long as the frames between. */
const KEYFRAME_WEIGHT = 5;

/** Where a mark stands, after the header that says what the message is (FLV 10.1 §E.4.2.1, §E.4.3.1), and the NAL unit's. */
export const VIDEO_MARK_AT = 10;
export const AUDIO_MARK_AT = 2;

/** Its length in four bytes, and then its type. */
const NAL_UNIT_AT = 5;

export const AUDIO = 8;
export const VIDEO = 9;

export interface SyntheticMessage {
  readonly type: typeof AUDIO | typeof VIDEO;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** A decoder configuration that servers accept; the media is never decoded. High profile, level 3.1, 1280 x 720. */
const VIDEO_CONFIGURATION =
  "17000000000164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000668ebe3cb22c0";
const AUDIO_CONFIGURATION = "af001190";

/** The messages that a stream begins with. */
export function configurationsOf({ bitrate }: MediaOptions): readonly SyntheticMessage[] {
  const message = (type: typeof AUDIO | typeof VIDEO, hex: string): SyntheticMessage => {
    return { type, timestamp: 0, payload: Uint8Array.from(Buffer.from(hex, "hex")) };
  };
  const sound = message(AUDIO, AUDIO_CONFIGURATION);
  return bitrate > 0 ? [message(VIDEO, VIDEO_CONFIGURATION), sound] : [sound];
}

/** Of video and sound. */
export function bytesPerSecond({ bitrate, soundBitrate = SOUND_BITRATE }: MediaOptions): number {
  return (bitrate + soundBitrate) / 8;
}

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
    const { bitrate, framesPerSecond } = this.#options;
    for (;;) {
      const frameMs = bitrate > 0 ? (this.#frames * 1000) / framesPerSecond : Number.POSITIVE_INFINITY;
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
    payload.set([isKeyframe ? 0x17 : 0x27, 1]);
    new DataView(payload.buffer).setUint32(NAL_UNIT_AT, payload.length - NAL_UNIT_AT - 4);
    payload[NAL_UNIT_AT + 4] = isKeyframe ? 0x65 : 0x41;
    writeMark(payload, VIDEO_MARK_AT, { sequence: this.#frames++, sentMs: monotonicMs() });
    return { type: VIDEO, timestamp: Math.round(timestamp), payload };
  }

  #sound(timestamp: number): SyntheticMessage {
    const { soundBitrate = SOUND_BITRATE } = this.#options;
    const payload = new Uint8Array(
      Math.max(AUDIO_MARK_AT + MARK_LENGTH, Math.round(soundBitrate / 8 / AUDIO_PER_SECOND)),
    );
    payload.set([0xaf, 1]);
    writeMark(payload, AUDIO_MARK_AT, { sequence: this.#sounds++, sentMs: monotonicMs() });
    return { type: AUDIO, timestamp: Math.round(timestamp), payload };
  }
}
