import type { Message } from "@headgate/message";

/** Why an item was not on, or not to its end. */
export type ItemProblem =
  | "PLAYLIST_ITEM_MISSING"
  | "PLAYLIST_ITEM_UNREADABLE"
  | "PLAYLIST_ITEM_STALLED"
  | "PLAYLIST_LIVE_ENDED";

/** What an item has next. */
export interface Next {
  /** In the time of the item, modulo 2^32. Milliseconds. */
  readonly timestamp: number;
  /** When it has come, of a live stream: it is sent at the same distances. Milliseconds of the driver's clock. */
  readonly arrivedMs: number | undefined;
  /** Whether it comes before what is due, such as metadata. */
  readonly isHeader: boolean;
}

/** What is played as an item, message by message. None of its methods throws. */
export interface ItemSource {
  /** How long it is to be on; infinite to its end. Milliseconds. */
  readonly lengthMs: number;
  /** How long it will be on, as far as that is known; infinite if it is not. Milliseconds. */
  readonly expectedMs: number;
  /** A live stream is on while it is published, whether or not it has anything to send. */
  readonly isLive: boolean;
  /** `later` while there is nothing yet. */
  next(nowMs: number): Next | "later" | "over";
  /** What {@link next} has told of; undefined if it is on its way, or cannot be had. Its payload is valid until the next call. */
  take(): Message | undefined;
  /** Why it is over before its end, if it is. */
  readonly problem: ItemProblem | undefined;
  /** Called when there may be more than {@link next} has returned last; not from within its calls. */
  onReady: () => void;
  /** It is its turn: a live stream begins at its newest keyframe. */
  begin(): void;
  close(): void;
}
