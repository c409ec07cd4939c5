import type { Session } from "@headgate/gateway";
import { ratioOf } from "./elapsed.ts";
import { FIELDS, History } from "./history.ts";

/** A peer with traffic is asked for its round trip time so often, not all of them in the same second. Seconds. */
const PING_EVERY = 10;

/** How the player of a stream gets on. */
interface PlayerState {
  readonly lagMs: number;
  readonly bufferMs: number | undefined;
}

/** Samples one session once a second, from what it counts anyway. */
export class SessionQuality {
  readonly history: History;
  readonly #session: Session;
  /** In which of these seconds it is asked. */
  readonly #pingAt: number;
  #receivedBytes: number;
  #sentBytes: number;
  #frames: number;
  #lags: number;
  #atMs: number;

  constructor(session: Session, nowMs: number, second: number) {
    this.history = new History(FIELDS, second);
    this.#session = session;
    this.#pingAt = Number.parseInt(session.id, 16) % PING_EVERY;
    this.#receivedBytes = session.bytesReceived;
    this.#sentBytes = session.bytesSent;
    this.#frames = framesOf(session);
    this.#lags = lagsOf(session);
    this.#atMs = nowMs;
  }

  take(nowMs: number, second: number): void {
    const { bytesReceived, bytesSent, roundTripMs } = this.#session;
    const perSecond = ratioOf(nowMs - this.#atMs);
    const publishes = this.#session.uses.some(({ kind }) => kind === "publish");
    const [frames, lags] = [framesOf(this.#session), lagsOf(this.#session)];
    const bytes = publishes ? bytesReceived - this.#receivedBytes : bytesSent - this.#sentBytes;
    const player = playerOf(this.#session, nowMs);
    this.history.add(second, {
      bitrate_kbps: perSecond && (8 * bytes * perSecond) / 1_000,
      // Nothing is counted for a viewer of each message that it gets.
      fps: publishes ? perSecond && Math.max(0, frames - this.#frames) * perSecond : undefined,
      drops: player && Math.max(0, lags - this.#lags),
      rtt_ms: roundTripMs,
      lag_ms: player?.lagMs,
      buffer_ms: player?.bufferMs,
    });
    // A peer that is silent may be one that answers no ping: it is left to its time limit.
    if (bytes > 0 && second % PING_EVERY === this.#pingAt) this.#session.measureRoundTrip();
    this.#receivedBytes = bytesReceived;
    this.#sentBytes = bytesSent;
    this.#frames = frames;
    this.#lags = lags;
    this.#atMs = nowMs;
  }
}

/** Of a session that plays several streams, the one that is furthest behind; undefined if it plays none. */
export function playerOf({ uses }: Session, nowMs: number): PlayerState | undefined {
  let state: PlayerState | undefined;
  for (const { playback } of uses) {
    if (!playback) continue;
    const lagMs = playback.behindMs(nowMs);
    if (!state || lagMs > state.lagMs) state = { lagMs, bufferMs: playback.bufferLengthMs };
  }
  return state;
}

function framesOf({ uses }: Session): number {
  return uses.reduce(
    (sum, { kind, stream }) => sum + (kind === "publish" ? (stream?.meter.videoFrames ?? 0) : 0),
    0,
  );
}

function lagsOf({ uses }: Session): number {
  return uses.reduce((sum, { playback }) => sum + (playback?.lagCount ?? 0), 0);
}
