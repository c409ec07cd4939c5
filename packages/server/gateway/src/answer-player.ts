import type { Playback } from "@headgate/bus";
import type { NetStream, SessionEvent } from "@headgate/session";

/** What a player wants of what it plays. */
export type PlayerEvent = Extract<
  SessionEvent,
  { kind: "seekRequested" | "pauseRequested" | "receiveRequested" | "bufferLengthChanged" }
>;

/** Does what the player wants, if the playback can, and tells it. */
export function answerPlayer(
  event: PlayerEvent,
  playback: Playback<Uint8Array>,
  netStream: NetStream,
  nowMs: number,
): void {
  switch (event.kind) {
    case "seekRequested":
      return answerSeek(playback.seek(event.positionMs, nowMs), netStream);
    case "pauseRequested":
      playback.pause(event.paused, nowMs, event.positionMs);
      return netStream.acceptPause(event.paused);
    case "receiveRequested":
      playback.receive(event.media, event.enabled, nowMs);
      return netStream.acceptReceive(event.media, event.enabled);
    case "bufferLengthChanged":
      return playback.bufferLength(event.lengthMs);
  }
}

function answerSeek(positionMs: number | undefined, netStream: NetStream): void {
  if (positionMs === undefined) netStream.rejectSeek("A live stream has no seek.");
  else netStream.acceptSeek(positionMs);
}
