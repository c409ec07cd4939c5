import type { Message } from "@headgate/message";

/**
 * What a recording gives one player, message by message. It holds nothing for it but a place, and what it has read ahead. None of
 * its methods throws: what cannot be read further has ended.
 */
export interface MessageSource {
  /** The time of the message that {@link next} returns; undefined at the end. Milliseconds. */
  readonly nextMs: number | undefined;
  /**
   * The next message with its time in the recording, in the order of these times; `later` while its bytes are on their way, and
   * undefined at the end. Its payload is valid until any source is asked for a message.
   */
  next(): Message | "later" | undefined;
  /** Goes back to the message that {@link next} has returned last. */
  back(): void;
  /** Goes on at the newest place at or before this position at which a player can begin, and returns where that is. Milliseconds. */
  seek(positionMs: number): number;
  /** What a player needs before the next message: metadata with the duration, and the decoder configurations in force. */
  readonly headers: readonly Message[];
  /** Where it ends, so far. Milliseconds. */
  readonly durationMs: number;
  readonly hasVideo: boolean;
  /** Whether the end will move on. Who was told by {@link next} that it is reached is told by {@link onReady} of more, and of the last. */
  readonly isGrowing: boolean;
  /** Called when there may be more than {@link next} has returned last. Set by the reader; not called from within its calls. */
  onReady: () => void;
  /** The reader has gone. */
  close(): void;
}
