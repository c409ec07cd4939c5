import type { ByteReader, ByteWriter } from "@headgate/bytes";
import { notSaved } from "./entry-table.ts";

/** A longer step back within a track is no disorder: the track's clock has begun anew. Milliseconds. */
const MAX_STEP_BACK_MS = 1000;

/** A longer step forward is no gap but another clock, or damage. Milliseconds. */
const MAX_GAP_MS: number = 24 * 3600 * 1000;

/** Sound and pictures that are no further apart share a clock. Milliseconds. */
const MAX_SKEW_MS = 5000;

/** The step over a break of the clock, and the longest step that says how long a frame is shown. Milliseconds. */
const BREAK_STEP_MS = 40;
const MAX_FRAME_MS = 1000;

/** The longest time that RTMP and FLV have a timestamp for. Milliseconds. */
const MAX_TIME_MS = 0xffffffff;

/** Stands for no track where a clock is saved. */
const NO_TRACK = 255;

class TrackTime {
  /** The newest frame's timestamp as the file or the publisher has it, and its time in the file; undefined before the first. */
  timestamp = 0;
  timeMs: number | undefined;
  /** How long its frames last. */
  stepMs = 0;

  save(writer: ByteWriter): void {
    writer
      .u32(this.timestamp)
      .f64(this.timeMs ?? Number.NaN)
      .f64(this.stepMs);
  }

  load(reader: ByteReader): void {
    this.timestamp = reader.u32();
    const timeMs = reader.f64();
    this.timeMs = Number.isNaN(timeMs) ? undefined : timeMs;
    this.stepMs = reader.f64();
    if (Math.abs(this.timeMs ?? 0) > MAX_TIME_MS || !(this.stepMs <= MAX_FRAME_MS)) throw notSaved();
  }
}

/**
 * The time of messages in a file, from 0 at the first frame, whatever their timestamps do: they wrap after 2^32 ms, with old
 * encoders after 2^24, begin anew when a publisher does, and jump where a file is damaged. In a sound file all timestamps
 * are moved alike.
 */
export class FileClock {
  readonly #audio = new TrackTime();
  readonly #video = new TrackTime();
  #newest: TrackTime | undefined;
  /** The time of the next frame if there is none yet. */
  #startMs = 0;
  #latestMs = 0;
  #endMs = 0;

  /** When the newest frame ends. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Another publisher goes on: its first frame comes so long after the end. */
  restart(gapMs: number): void {
    this.#startMs = Math.min(this.#endMs + gapMs, MAX_TIME_MS);
    this.#newest = undefined;
    this.#audio.timeMs = undefined;
    this.#video.timeMs = undefined;
  }

  frame(medium: "audio" | "video", timestamp: number): number {
    const track = medium === "audio" ? this.#audio : this.#video;
    const exactMs = this.#timeOf(track, timestamp);
    const stepMs = track.timeMs === undefined ? 0 : exactMs - track.timeMs;
    if (stepMs > 0 && stepMs <= MAX_FRAME_MS) track.stepMs = stepMs;
    track.timestamp = timestamp;
    track.timeMs = exactMs;
    this.#newest = track;
    const timeMs = this.#within(exactMs);
    this.#latestMs = Math.max(this.#latestMs, timeMs);
    this.#endMs = Math.max(this.#endMs, this.#within(timeMs + track.stepMs));
    return timeMs;
  }

  /** The time of what is no frame, and says nothing of the clock: many of these have a timestamp of 0. */
  other(timestamp: number): number {
    const newest = this.#newest;
    if (newest === undefined) return this.#startMs;
    const stepMs = (timestamp - newest.timestamp) | 0;
    return Math.abs(stepMs) <= MAX_SKEW_MS ? this.#within(newest.timeMs! + stepMs) : this.#latestMs;
  }

  /** `shiftMs` is what the timestamps in the file are more than times, if they are not those that this clock has seen. */
  save(writer: ByteWriter, shiftMs: number | undefined): void {
    const tracks = [this.#audio, this.#video];
    for (const track of tracks) (shiftMs === undefined ? track : this.#inFile(track, shiftMs)).save(writer);
    writer.u8(this.#newest === undefined ? NO_TRACK : tracks.indexOf(this.#newest));
    writer.u32(this.#startMs).u32(this.#latestMs).u32(this.#endMs);
  }

  static load(reader: ByteReader): FileClock {
    const clock = new FileClock();
    const tracks = [clock.#audio, clock.#video];
    for (const track of tracks) track.load(reader);
    clock.#newest = tracks[reader.u8()];
    clock.#startMs = reader.u32();
    clock.#latestMs = reader.u32();
    clock.#endMs = reader.u32();
    if (clock.#newest && clock.#newest.timeMs === undefined) throw notSaved();
    return clock;
  }

  #inFile(track: TrackTime, shiftMs: number): TrackTime {
    const written = new TrackTime();
    written.stepMs = track.stepMs;
    if (track.timeMs === undefined) return written;
    written.timeMs = this.#within(track.timeMs);
    written.timestamp = (written.timeMs + shiftMs) >>> 0;
    return written;
  }

  #timeOf(track: TrackTime, timestamp: number): number {
    const newest = this.#newest;
    if (newest === undefined) return this.#startMs;
    if (track.timeMs === undefined) return this.#joined(newest, timestamp, MAX_SKEW_MS, MAX_GAP_MS);
    const stepMs = (timestamp - track.timestamp) | 0;
    if (stepMs >= -MAX_STEP_BACK_MS && stepMs <= MAX_GAP_MS) return track.timeMs + stepMs;
    const other = track === this.#audio ? this.#video : this.#audio;
    return this.#joined(other, timestamp, MAX_SKEW_MS, MAX_SKEW_MS);
  }

  /** The time by the other track's clock, if the timestamp is near enough to it to be of that clock. */
  #joined({ timestamp, timeMs }: TrackTime, joining: number, maxBackMs: number, maxAheadMs: number): number {
    const stepMs = (joining - timestamp) | 0;
    const isNear = timeMs !== undefined && stepMs >= -maxBackMs && stepMs <= maxAheadMs;
    return isNear ? timeMs + stepMs : this.#latestMs + BREAK_STEP_MS;
  }

  #within(timeMs: number): number {
    return Math.min(Math.max(timeMs, this.#startMs), MAX_TIME_MS);
  }
}
