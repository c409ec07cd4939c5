import type { Message } from "@headgate/message";

/**
 * What a recording gives one player, message by message. It holds nothing for it but a place, and what it has read ahead. None of
 * its methods throws: what cannot be read further has ended.
 */
export interface MessageSource {
  /**
   * The next message with its time in the recording, in the order of these times; `later` while its bytes are on their way, and
   * undefined at the end. Its payload is valid until the next call.
   */
  next(): Message | "later" | undefined;
  /** Goes on at the newest place at or before this position at which a player can begin, and returns where that is. Milliseconds. */
  seek(positionMs: number): number;
  /** What a player needs before the next message: metadata with the duration, and the decoder configurations in force. */
  readonly headers: readonly Message[];
  /** Where it ends, so far. Milliseconds. */
  readonly durationMs: number;
  readonly hasVideo: boolean;
  /** Whether the end will move on, of which {@link onReady} tells, also when it will no longer. */
  readonly isGrowing: boolean;
  /** Called when there may be more than {@link next} has returned last. Set by the reader; not called from within its calls. */
  onReady: () => void;
  /** The reader has gone. */
  close(): void;
}
