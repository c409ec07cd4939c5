import type { Message } from "@headgate/message";
import { BoxWriter } from "./box-writer.ts";
import { isAudioCodec, isVideoCodec } from "./codecs.ts";
import { type Configurations, FileStart, type FileTracks } from "./file-start.ts";
import {
  type Configuration,
  configurationFor,
  type FileTrack,
  isSameConfiguration,
  makeTrack,
} from "./file-track.ts";
import { writeFragment } from "./fragment.ts";
import { FRAGMENT_MS, MAX_FRAGMENT_BYTES, MAX_GAP_MS, MIN_KEYFRAME_FRAGMENT_MS } from "./limits.ts";
import { type MediaPacket, readMediaPacket, unsupportedCodec } from "./media-packet.ts";
import { fileTypeBox, finishedMovieInSteps, fragmentedMovie } from "./movie-box.ts";
import { openingMdat, type Patch, placeholder } from "./placeholder.ts";
import { doAll, type Steps } from "./steps.ts";
import { Timeline } from "./timeline.ts";
import type { TrackWriter } from "./track-writer.ts";

type Medium = MediaPacket["medium"];

/** What makes an ordinary MP4 of a file: bytes behind it, and then bytes inside. */
export interface Finish {
  /** Behind all that was taken. They must be on the disk before the patch is made. */
  readonly tail: readonly Uint8Array[];
  readonly patch: Patch;
}

export interface Fmp4WriterOptions {
  /** The time of day of the first frame, UNIX, in milliseconds. */
  readonly startedMs: number;
}

/**
 * Writes the messages of a stream to a file that is fragmented MP4 while it grows, so that it plays whenever it ends, and an
 * ordinary MP4 when it is finished (ISO/IEC 14496-12):
 *
 *     ftyp | free | ftyp moov | moof mdat | moof mdat ...         while it grows
 *     ftyp | mdat  ( the same bytes )             | moov          finished
 *
 * It never throws for what a message holds, keeps of each message what it needs, and takes only the first track of audio and
 * of video.
 */
export class Fmp4Writer {
  readonly #startedMs: number;
  readonly #timeline = new Timeline();
  readonly #start = new FileStart();
  readonly #boxes = new BoxWriter();
  #tracks: FileTracks | undefined;
  #writers: readonly TrackWriter[] = [];
  #told: Configurations = {};
  /** Frames of a configuration that the file does not have are left out. */
  readonly #foreign: { [medium in Medium]?: boolean } = {};
  /** When the newest frame of each track comes. */
  readonly #lastMs: { [medium in Medium]?: number } = {};
  readonly #otherTracks = new Set<string>();
  #unsupported: string | undefined;
  #shiftMs = 0;
  #output: Uint8Array[] = [];
  #position = 0;
  #patchPosition = 0;
  #fragments = 0;
  #fragmentFromMs = 0;
  #isFromKeyframe = false;
  #lastMessage: Message | undefined;
  #lastPacket: MediaPacket | undefined;

  constructor({ startedMs }: Fmp4WriterOptions) {
    this.#startedMs = startedMs;
  }

  /** Of the file, with what is held for the next fragment, and without the index that comes at the end. */
  get bytes(): number {
    return this.#position + this.#heldBytes + this.#start.heldBytes;
  }

  /** The media time of the file. */
  get durationMs(): number {
    if (this.#tracks === undefined) return this.#start.durationMs;
    return Math.max(
      0,
      ...this.#writers.map(({ endTicks, description }) =>
        Math.round((endTicks * 1000) / description.timescale),
      ),
    );
  }

  /** The first codec that came and that MP4 does not hold; its frames are left out. */
  get unsupported(): string | undefined {
    return this.#unsupported;
  }

  /** Tracks beside the first of their kind, which are left out: "video 1 (HEVC)". */
  get otherTracks(): ReadonlySet<string> {
    return this.#otherTracks;
  }

  /** Whether an MP4 has a place for what the message carries; data messages have none and need none. */
  canHold(message: Message): boolean {
    return unsupportedCodec(message) === undefined;
  }

  /**
   * Whether the file cannot take this message and what comes after it, so that it should be finished and another begun, with
   * the sequence headers in front: another decoder configuration, a track that begins late or pauses for an hour, timestamps
   * that jump, a full index.
   */
  needsNewFile(message: Message): boolean {
    const packet = this.#packetOf(message);
    if (packet === undefined || !isHeld(packet)) return false;
    const configuration = this.#configurationOf(packet.medium);
    if (packet.kind === "configuration")
      return configuration !== undefined && !isSameConfiguration(configuration, packet);
    const hasBegun = this.#tracks !== undefined || this.#start.heldBytes > 0;
    if (hasBegun && this.#timeline.isBroken(message.timestamp)) return true;
    if (this.#tracks === undefined) return false;
    const isPaused = this.#isAfterGap(packet.medium, this.#timeline.peek(message.timestamp) + this.#shiftMs);
    return isPaused || this.#isForeign(this.#tracks[packet.medium], packet);
  }

  /** Adds what the message has for the file. What {@link needsNewFile} is true for is left out. */
  write(message: Message): void {
    const packet = this.#packetOf(message);
    if (packet === undefined) return;
    if (packet.otherTracks.length > 0) this.#noteOtherTracks(packet);
    if (!isHeld(packet)) {
      this.#unsupported ??= unsupportedCodec(message);
      return;
    }
    if (packet.kind === "configuration") return this.#configure(packet);
    const timeMs = this.#timeline.timeMs(message.timestamp);
    if (this.#tracks) return this.#add(this.#tracks, packet, timeMs + this.#shiftMs);
    this.#start.add(packet, timeMs);
    if (this.#start.isReady) this.#begin();
  }

  /**
   * The bytes to append to the file now; they stay as they are. The first ones come with the first fragment: a file without one cannot
   * be played.
   */
  take(): readonly Uint8Array[] {
    if (this.#output.length === 0 || this.#fragments === 0) return NOTHING;
    const taken = this.#output;
    this.#output = [];
    return taken;
  }

  /** Ends a file that cannot be gone back to, such as one that is sent while it is made: it stays fragmented. */
  finishFragments(): readonly Uint8Array[] {
    if (this.#tracks === undefined && this.#start.heldBytes > 0) this.#begin();
    this.#cut(true);
    return this.take();
  }

  /** Ends the file. Without any frame there is nothing to append or to patch. */
  finish(): Finish {
    return doAll(this.finishInSteps());
  }

  /** The same, of which each step takes about a tenth of a millisecond, however long the file is. Nothing is written meanwhile. */
  *finishInSteps(): Steps<Finish> {
    const fragments = this.finishFragments();
    const moovPosition = this.#fragments === 0 ? 0 : this.#position;
    const writers = this.#writers.filter(({ table }) => table.count > 0);
    if (writers.length > 0) this.#append(yield* finishedMovieInSteps(writers, this.#startedMs));
    return { tail: [...fragments, ...this.take()], patch: openingMdat(this.#patchPosition, moovPosition) };
  }

  get #heldBytes(): number {
    let bytes = 0;
    for (const writer of this.#writers) bytes += writer.heldBytes;
    return bytes;
  }

  /** Callers ask about a message and then write it. */
  #packetOf(message: Message): MediaPacket | undefined {
    if (message !== this.#lastMessage) {
      this.#lastPacket = readMediaPacket(message);
      this.#lastMessage = message;
    }
    return this.#lastPacket;
  }

  #configurationOf(medium: Medium): Configuration | undefined {
    return this.#tracks ? this.#tracks[medium]?.configuration : this.#start.configurationOf(medium);
  }

  #isForeign(track: FileTrack | undefined, packet: MediaPacket): boolean {
    const { medium, codec, isKeyframe, data } = packet;
    if (track?.writer.table.isFull || this.#foreign[medium]) return true;
    if (track?.takes(packet) || !isKeyframe) return false;
    const configuration = configurationFor(codec, this.#told[medium]);
    // What makes no track would make none in a new file either.
    return configuration !== undefined && makeTrack(1, configuration, data) !== undefined;
  }

  /** Whether a track had nothing for so long that no sample can last until then. */
  #isAfterGap(medium: Medium, timeMs: number): boolean {
    return timeMs - (this.#lastMs[medium] ?? timeMs) > MAX_GAP_MS;
  }

  #noteOtherTracks({ medium, otherTracks }: MediaPacket): void {
    for (const { trackId, codec } of otherTracks) {
      if (this.#otherTracks.size < MAX_TRACKS_TOLD) this.#otherTracks.add(`${medium} ${trackId} (${codec})`);
    }
  }

  #configure(packet: MediaPacket): void {
    const { medium } = packet;
    const configuration = this.#configurationOf(medium);
    if (configuration && this.#tracks === undefined && !isSameConfiguration(configuration, packet))
      this.#begin();
    if (this.#tracks === undefined) return this.#start.add(packet, 0);
    if (configuration) this.#foreign[medium] = !isSameConfiguration(configuration, packet);
    else this.#told[medium] = { codec: packet.codec, data: packet.data.slice() } as Configuration;
  }

  #begin(): void {
    const tracks = this.#start.makeTracks();
    const { frames, shiftMs } = this.#start.takeFrames();
    if (tracks.video === undefined && tracks.audio === undefined) return;
    this.#tracks = tracks;
    this.#writers = [tracks.video, tracks.audio].flatMap((track) => track?.writer ?? []);
    this.#told = { ...this.#start.configurations };
    this.#shiftMs = shiftMs;
    this.#append(fileTypeBox());
    this.#patchPosition = this.#position;
    this.#append(placeholder());
    this.#append(fileTypeBox());
    this.#append(fragmentedMovie(this.#writers, this.#startedMs));
    this.#isFromKeyframe = frames[0]!.packet.medium === "video";
    for (const { packet, timeMs } of frames) this.#add(tracks, packet, timeMs + shiftMs);
  }

  #add(tracks: FileTracks, packet: MediaPacket, timeMs: number): void {
    const track = tracks[packet.medium];
    if (track === undefined || this.#foreign[packet.medium] || !track.takes(packet)) return;
    if (track.writer.table.isFull || (track.writer.isEmpty && !packet.isKeyframe)) return;
    if (this.#isAfterGap(packet.medium, timeMs)) return;
    this.#lastMs[packet.medium] = timeMs;
    track.add(packet, timeMs);
    if (this.#isDue(tracks, packet, timeMs)) {
      this.#cut(false);
      this.#fragmentFromMs = timeMs;
      this.#isFromKeyframe = packet.medium === "video" && packet.isKeyframe;
    }
  }

  /** Whether the fragment ends before the frame that was just added. */
  #isDue({ video }: FileTracks, { medium, isKeyframe }: MediaPacket, timeMs: number): boolean {
    const elapsedMs = timeMs - this.#fragmentFromMs;
    const isVideo = medium === "video";
    if (isVideo && isKeyframe && (!this.#isFromKeyframe || elapsedMs >= MIN_KEYFRAME_FRAGMENT_MS))
      return true;
    // Sound does not cut off what a keyframe is about to, unless pictures do not come any more.
    if (elapsedMs >= (isVideo || !video ? FRAGMENT_MS : 2 * FRAGMENT_MS)) return true;
    return this.#heldBytes >= MAX_FRAGMENT_BYTES;
  }

  #cut(isLast: boolean): void {
    const options = { sequence: this.#fragments + 1, position: this.#position, isLast };
    const pieces = writeFragment(this.#boxes, this.#writers, options);
    if (pieces.length === 0) return;
    this.#fragments += 1;
    for (const piece of pieces) this.#append(piece);
  }

  #append(bytes: Uint8Array): void {
    this.#output.push(bytes);
    this.#position += bytes.length;
  }
}

const NOTHING: readonly Uint8Array[] = Object.freeze([]);

/** Names of tracks kept to be told. */
const MAX_TRACKS_TOLD = 16;

/** Whether a file can have a track of it. */
function isHeld({ codec, data }: MediaPacket): boolean {
  return data.length > 0 && (isVideoCodec(codec) || isAudioCodec(codec));
}
