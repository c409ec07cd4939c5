import { LivePlayback } from "@headgate/bus";
import type { NetConnection, NetStream } from "@headgate/session";
import type { GatewayContext } from "./context.ts";
import type { EventOf, NetStreamEvent } from "./net-stream-event.ts";
import type { PeerPlayed, PeerPlays } from "./peer-plays.ts";
import type { FoundPast } from "./play-source.ts";
import { RecordedPlay } from "./recorded-play.ts";

/** What a player asks when it wants another position of a live stream, or goes on after a pause. */
export type ShiftEvent = EventOf<"seekRequested" | "pauseRequested">;

type Past = Exclude<FoundPast, string | undefined>;

/**
 * A player that goes on after a pause says where it is. If that is further behind what it was sent than any player buffers, it counts
 * otherwise than the stream does. Milliseconds.
 */
const MAX_BEHIND_PAUSE_MS = 60_000;

export function isShift(event: NetStreamEvent): event is ShiftEvent {
  return event.kind === "seekRequested" || (event.kind === "pauseRequested" && !event.paused);
}

/** Turns players of live streams to what was recorded of these, and back. */
export class TimeShift {
  readonly #context: Pick<GatewayContext, "playSources" | "now">;
  readonly #plays: PeerPlays;
  readonly #session: NetConnection;

  constructor(
    context: Pick<GatewayContext, "playSources" | "now">,
    plays: PeerPlays,
    session: NetConnection,
  ) {
    this.#context = context;
    this.#plays = plays;
    this.#session = session;
  }

  /** What was recorded where the player wants to be; undefined if that is not to be looked for. */
  find(event: ShiftEvent): FoundPast | Promise<FoundPast> {
    const play = this.#plays.on(event.netStreamId);
    if (!play || (play instanceof RecordedPlay ? !play.isPast : !play.stream.live)) return undefined;
    const positionMs = wantedPosition(event, play);
    if (positionMs === undefined) return undefined;
    const canBeLive = !(play instanceof RecordedPlay) || play.live !== undefined;
    return this.#context.playSources.past(play.key, positionMs, canBeLive ? "live" : "last");
  }

  /** Gives the player what was found. Returns false if it goes on with what it has. */
  answer(event: ShiftEvent, found: Exclude<FoundPast, undefined>): boolean {
    const play = this.#plays.on(event.netStreamId);
    const netStream = this.#session.netStream(event.netStreamId);
    if (play && netStream) {
      if (found === "live") return this.#turnToLive(event, play, netStream);
      if (!(play instanceof RecordedPlay) || play.isPast) {
        this.#turnToPast(event, play, netStream, found);
        return true;
      }
    }
    if (found !== "live") found.messages.close();
    return false;
  }

  #turnToLive(event: ShiftEvent, play: PeerPlayed, netStream: NetStream): boolean {
    if (play instanceof RecordedPlay) {
      if (!play.live) return false;
      this.#plays.turnToLive(play, play.live);
      if (event.kind === "pauseRequested") play.live.playback.pause(false, this.#context.now(), 0);
    } else if (event.kind === "pauseRequested") return false;
    else if (play.playback instanceof LivePlayback) play.playback.rejoin(this.#context.now());
    if (event.kind === "pauseRequested") netStream.acceptPause(false, false);
    else netStream.acceptSeek(event.positionMs, false);
    return true;
  }

  #turnToPast(event: ShiftEvent, play: PeerPlayed, netStream: NetStream, { messages }: Past): void {
    const nowMs = this.#context.now();
    const wantedMs = wantedPosition(event, play) ?? 0;
    const isRecorded = play instanceof RecordedPlay;
    const recorded = isRecorded ? play : this.#plays.turnToPast(play, { messages }, wantedMs);
    const { playback } = recorded;
    const positionMs = isRecorded ? event.positionMs : wantedMs;
    const reachedMs = isRecorded
      ? playback.seekIn(messages, positionMs, nowMs)
      : playback.seek(positionMs, nowMs);
    if (event.kind === "seekRequested") return netStream.acceptSeek(reachedMs, true);
    playback.pause(false, nowMs, positionMs);
    playback.skipThrough(positionMs, nowMs);
    netStream.acceptPause(false, true);
  }
}

/** In the time of the live stream; undefined if the player cannot be told to be anywhere. */
function wantedPosition({ kind, positionMs }: ShiftEvent, play: PeerPlayed): number | undefined {
  if (play instanceof RecordedPlay) return play.playback.inRecording(positionMs);
  if (kind === "seekRequested") return positionMs;
  const { playback } = play;
  const pausedAtMs = playback instanceof LivePlayback ? playback.pausedAtMs : undefined;
  if (pausedAtMs === undefined) return undefined;
  const behindMs = (pausedAtMs - positionMs) | 0;
  return behindMs >= 0 && behindMs <= MAX_BEHIND_PAUSE_MS ? positionMs : pausedAtMs;
}
