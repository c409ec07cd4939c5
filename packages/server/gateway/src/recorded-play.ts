import type { PacedPlayback, StreamKey } from "@headgate/bus";
import type { Subscription } from "./subscription.ts";

/** A recording that a peer plays. */
export class RecordedPlay {
  /** There is no live stream. */
  readonly stream = undefined;
  readonly netStreamId: number;
  readonly playback: PacedPlayback;
  /** Whether it is what was recorded of a live stream. */
  readonly isPast: boolean;
  /** The live stream to which the player may return: it waits, paused, so that the stream is still wanted. */
  readonly live: Subscription | undefined;
  key: StreamKey;

  constructor(
    key: StreamKey,
    netStreamId: number,
    playback: PacedPlayback,
    { isPast = false, live }: { readonly isPast?: boolean; readonly live?: Subscription } = {},
  ) {
    this.key = key;
    this.netStreamId = netStreamId;
    this.playback = playback;
    this.isPast = isPast;
    this.live = live;
  }

  leave(): void {
    this.playback.leave();
    this.live?.leave();
  }
}
