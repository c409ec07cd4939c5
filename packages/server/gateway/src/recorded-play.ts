import type { PacedPlayback, StreamKey } from "@headgate/bus";

/** A recording that a peer plays. */
export class RecordedPlay {
  /** There is no live stream. */
  readonly stream = undefined;
  readonly netStreamId: number;
  readonly playback: PacedPlayback;
  key: StreamKey;

  constructor(key: StreamKey, netStreamId: number, playback: PacedPlayback) {
    this.key = key;
    this.netStreamId = netStreamId;
    this.playback = playback;
  }

  leave(): void {
    this.playback.leave();
  }
}
