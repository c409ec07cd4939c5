import { type AudioFrame, ac3Frame, eac3Sample, mp3Frame, samplesIn } from "./audio-frames.ts";
import { type AudioCodec, type Codec, isAudioCodec, isSelfDescribing, isVideoCodec } from "./codecs.ts";
import type { MediaPacket } from "./media-packet.ts";
import { AudioClock } from "./timeline.ts";
import { type AudioDescription, describeAudio, describeVideo, VIDEO_TIMESCALE } from "./track-description.ts";
import { TrackWriter } from "./track-writer.ts";

/** Before there is another frame to measure by: 25 pictures a second. */
const USUAL_PICTURE_TICKS = VIDEO_TIMESCALE / 25;
const TICKS_OF_A_MS = VIDEO_TIMESCALE / 1000;
const NOTHING = new Uint8Array(0);

/** What a track's decoder begins with; `data` are empty for codecs that need nothing. */
export interface Configuration {
  readonly codec: Codec;
  readonly data: Uint8Array;
}

/** A track of a file: it gives packets their times. */
export interface FileTrack {
  readonly writer: TrackWriter;
  readonly configuration: Configuration;
  add(packet: MediaPacket, timeMs: number): void;
  /** Whether a frame can be decoded as those before. */
  takes(packet: MediaPacket): boolean;
}

/** By the configuration, and the first frame if it has come; undefined if they do not make a track. */
export function makeTrack(
  id: number,
  configuration: Configuration,
  first: Uint8Array = NOTHING,
): FileTrack | undefined {
  const { codec, data } = configuration;
  if (isVideoCodec(codec)) {
    const description = describeVideo(codec, data, first);
    if (description === undefined) return undefined;
    return new VideoTrack(new TrackWriter(id, description, USUAL_PICTURE_TICKS), configuration);
  }
  const description = describeAudio(codec, data, first);
  if (description === undefined) return undefined;
  return new AudioTrack(id, description, configuration);
}

class VideoTrack implements FileTrack {
  readonly writer: TrackWriter;
  readonly configuration: Configuration;
  #lastTicks = -1;

  constructor(writer: TrackWriter, configuration: Configuration) {
    this.writer = writer;
    this.configuration = configuration;
  }

  add({ compositionTimeMs, isKeyframe, data }: MediaPacket, timeMs: number): void {
    const told = timeMs * TICKS_OF_A_MS;
    const ticks = Math.max(told, this.#lastTicks + 1);
    this.#lastTicks = ticks;
    const shown = told + compositionTimeMs * TICKS_OF_A_MS;
    // A picture that comes late is still shown when RTMP says, if it can be.
    const offset = ticks === told ? shown - told : Math.max(0, shown - ticks);
    this.writer.add(ticks, offset, isKeyframe, data);
  }

  takes({ codec }: MediaPacket): boolean {
    return codec === this.configuration.codec;
  }
}

class AudioTrack implements FileTrack {
  readonly writer: TrackWriter;
  readonly configuration: Configuration;
  readonly #codec: AudioCodec;
  readonly #description: AudioDescription;
  readonly #clock: AudioClock;

  constructor(id: number, description: AudioDescription, configuration: Configuration) {
    this.writer = new TrackWriter(id, description, description.frameSamples);
    this.configuration = configuration;
    this.#codec = configuration.codec as AudioCodec;
    this.#description = description;
    this.#clock = new AudioClock(description.timescale);
  }

  add({ data }: MediaPacket, timeMs: number): void {
    const samples = samplesIn(this.#codec, data) ?? this.#description.frameSamples;
    this.writer.add(this.#clock.next(timeMs, samples), 0, true, data);
  }

  takes({ codec, data }: MediaPacket): boolean {
    if (codec !== this.#codec) return false;
    const facts = selfDescription(this.#codec, data);
    if (facts === undefined) return true;
    const { timescale, channels } = this.#description;
    return facts.sampleRate === timescale && facts.channels === channels;
  }
}

/** What a frame says of itself, of codecs without a configuration; undefined of others, and of damaged frames. */
function selfDescription(codec: AudioCodec, frame: Uint8Array): AudioFrame | undefined {
  if (codec === "MP3") return mp3Frame(frame);
  if (codec === "AC-3") return ac3Frame(frame);
  return codec === "E-AC-3" ? eac3Sample(frame) : undefined;
}

/** The configuration with which frames of a codec come, by the last sequence start; undefined if one is missing. */
export function configurationFor(codec: string, told: Configuration | undefined): Configuration | undefined {
  if (told?.codec === codec) return told;
  return isAudioCodec(codec) && isSelfDescribing(codec) ? { codec, data: NOTHING } : undefined;
}

export function isSameConfiguration(configuration: Configuration, { codec, data }: MediaPacket): boolean {
  const known = configuration.data;
  if (configuration.codec !== codec || known.length !== data.length) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== data[at]) return false;
  return true;
}
