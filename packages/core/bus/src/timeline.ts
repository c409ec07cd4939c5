/** The least step from a publisher that has left to the next one: about a frame. Milliseconds. */
const MIN_STEP_MS = 40;

/**
 * If a publisher's sound and pictures begin no further apart than this, they share a clock and stay in step. Encoders send one
 * of them up to some seconds ahead. Milliseconds.
 */
export const MAX_SKEW_MS = 5000;

/** If a track's timestamps step by this much more than the time that has passed, its earlier timestamps were wrong. Milliseconds. */
export const MAX_STEP_MS = 1000;

/** How long the first timestamps of a returning publisher may still prove wrong: some encoders begin with 0. Milliseconds. */
export const SETTLING_MS = 5000;

export type TimedMedium = "audio" | "video";

/** How far a track has come. */
class TrackTime {
  /** Added to the publisher's timestamps, modulo 2^32; undefined until its first frame. */
  offset: number | undefined;
  /** The newest frame's timestamp as it was published, and as the stream has it; undefined until there is a frame. */
  published = 0;
  timestamp: number | undefined;
  arrivedMs = 0;
}

/**
 * Keeps a stream's timestamps running on across its publishers: the first one's are taken as they are, a later one's are
 * moved so that they continue where the stream stands. No track steps back, and both are moved alike if they have one clock.
 */
export class Timeline {
  readonly #audio = new TrackTime();
  readonly #video = new TrackTime();
  /** Whose frame is this publisher's newest. */
  #newest: TrackTime | undefined;
  #isFirstPublisher = true;
  #settledMs: number | undefined;

  /** Of the publisher's newest frame, as the stream has it. */
  get newestTimestamp(): number | undefined {
    return this.#newest?.timestamp;
  }

  /** A publisher begins. */
  begin(): void {
    this.#isFirstPublisher = this.#furthest() === undefined;
    this.#newest = undefined;
    this.#settledMs = undefined;
    this.#audio.offset = undefined;
    this.#video.offset = undefined;
  }

  /**
   * The stream's timestamp for a frame. A publisher's first frame sets the offset: what comes before it, headers with a
   * timestamp of 0, says nothing of the publisher's clock.
   */
  frame(medium: TimedMedium, published: number, nowMs: number): number {
    const track = medium === "audio" ? this.#audio : this.#video;
    if (this.#isFirstPublisher) track.offset = 0;
    else this.#settle(track, published, nowMs);
    track.published = published;
    track.timestamp = (published + track.offset!) >>> 0;
    track.arrivedMs = nowMs;
    this.#newest = track;
    return track.timestamp;
  }

  /** The stream's timestamp for what is not a frame. Of a returning publisher, one without a time of its own takes the newest. */
  header(published: number, nowMs: number): number {
    if (this.#isFirstPublisher) return published;
    const newest = this.#newest;
    if (!newest) return this.#continuation(nowMs);
    if (distance(published, newest.published) > MAX_SKEW_MS) return newest.timestamp!;
    return (published + newest.offset!) >>> 0;
  }

  #settle(track: TrackTime, published: number, nowMs: number): void {
    this.#settledMs ??= nowMs + SETTLING_MS;
    const isSettling = nowMs < this.#settledMs;
    if (track.offset !== undefined && !(isSettling && hasJumped(track, published, nowMs))) return;
    const other = this.#other(track);
    const hasOneClock = other.offset !== undefined && distance(published, other.published) <= MAX_SKEW_MS;
    track.offset = hasOneClock ? other.offset : (this.#continuation(nowMs) - published) >>> 0;
    this.#keepFromSteppingBack(track, published);
  }

  /** A track behind the other is moved on to where it stood before, and the other with it: they are to stay in step. */
  #keepFromSteppingBack(track: TrackTime, published: number): void {
    if (track.timestamp === undefined) return;
    const step = (published + track.offset! - track.timestamp) | 0;
    if (step > 0) return;
    const other = this.#other(track);
    const offset = (track.offset! + MIN_STEP_MS - step) >>> 0;
    if (other.offset === track.offset) other.offset = offset;
    track.offset = offset;
  }

  #other(track: TrackTime): TrackTime {
    return track === this.#audio ? this.#video : this.#audio;
  }

  /** Which track has come further; undefined while there has been no frame. */
  #furthest(): TrackTime | undefined {
    const [audio, video] = [this.#audio, this.#video];
    if (audio.timestamp === undefined) return video.timestamp === undefined ? undefined : video;
    if (video.timestamp === undefined) return audio;
    return ((audio.timestamp - video.timestamp) | 0) > 0 ? audio : video;
  }

  #continuation(nowMs: number): number {
    const { timestamp, arrivedMs } = this.#furthest()!;
    return (timestamp! + Math.max(MIN_STEP_MS, Math.round(nowMs - arrivedMs))) >>> 0;
  }
}

function hasJumped(track: TrackTime, published: number, nowMs: number): boolean {
  return distance(published, track.published) - (nowMs - track.arrivedMs) > MAX_STEP_MS;
}

/** In 32-bit serial arithmetic. */
function distance(timestamp: number, other: number): number {
  return Math.abs((timestamp - other) | 0);
}
