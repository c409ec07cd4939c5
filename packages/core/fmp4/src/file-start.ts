import { isAudioCodec, isVideoCodec } from "./codecs.ts";
import { type Configuration, configurationFor, type FileTrack, makeTrack } from "./file-track.ts";
import { MAX_START_BYTES, START_WAIT_MS } from "./limits.ts";
import type { MediaPacket } from "./media-packet.ts";

type Medium = MediaPacket["medium"];

/** A frame that waits for the file to begin. */
export interface TimedPacket {
  readonly packet: MediaPacket;
  readonly timeMs: number;
}

/** The decoder configurations that the stream has told so far. */
export type Configurations = { [medium in Medium]?: Configuration | undefined };

export interface FileTracks {
  readonly video: FileTrack | undefined;
  readonly audio: FileTrack | undefined;
}

/**
 * Collects the first frames until it is known which tracks a file has: both have come, or one has come for so long that it
 * is likely to be alone. Pictures before the first keyframe are left out.
 */
export class FileStart {
  readonly #configurations: Configurations = {};
  readonly #waiting: TimedPacket[] = [];
  #bytes = 0;

  get heldBytes(): number {
    return this.#bytes;
  }

  /** The media time that is held. */
  get durationMs(): number {
    const [first] = this.#waiting;
    return first ? Math.max(0, this.#waiting.at(-1)!.timeMs - first.timeMs) : 0;
  }

  /** What frames that wait were coded with; undefined if none wait. */
  configurationOf(medium: Medium): Configuration | undefined {
    return this.#has(medium) ? this.#configurations[medium] : undefined;
  }

  /** Frames without a configuration cannot be decoded, and are left out. */
  add(packet: MediaPacket, timeMs: number): void {
    const { medium, codec, data } = packet;
    if (packet.kind === "configuration") {
      if (isVideoCodec(codec) || isAudioCodec(codec)) {
        this.#configurations[medium] = { codec, data: data.slice() };
      }
      return;
    }
    const configuration = configurationFor(codec, this.#configurations[medium]);
    if (configuration === undefined || data.length === 0) return;
    if (medium === "video" && !packet.isKeyframe && !this.#has("video")) return;
    this.#configurations[medium] = configuration;
    this.#waiting.push({ packet: { ...packet, data: data.slice() }, timeMs });
    this.#bytes += data.length;
  }

  /** Whether it is time to begin. */
  get isReady(): boolean {
    if (this.#waiting.length === 0) return false;
    const hasBoth = this.#has("video") && this.#has("audio");
    return hasBoth || this.durationMs >= START_WAIT_MS || this.#bytes >= MAX_START_BYTES;
  }

  /** Tracks of what has come, and of what is at least configured. */
  makeTracks(): FileTracks {
    const video = this.#makeTrack("video", 1);
    const audio = this.#makeTrack("audio", video ? 2 : 1);
    return { video, audio };
  }

  /** What waits, for a file that begins at 0, and by how much their times were changed for that. */
  takeFrames(): { readonly frames: readonly TimedPacket[]; readonly shiftMs: number } {
    const frames = this.#waiting.splice(0);
    this.#bytes = 0;
    return { frames, shiftMs: -Math.min(...frames.map(({ timeMs }) => timeMs)) };
  }

  get configurations(): Configurations {
    return this.#configurations;
  }

  #makeTrack(medium: Medium, id: number): FileTrack | undefined {
    const configuration = this.#configurations[medium];
    const first = this.#waiting.find(({ packet }) => packet.medium === medium);
    return configuration && makeTrack(id, configuration, first?.packet.data);
  }

  #has(medium: Medium): boolean {
    return this.#waiting.some(({ packet }) => packet.medium === medium);
  }
}
