import type { Message } from "@headgate/message";

/** How a log writes messages down, once for all of its readers. Each message is an entry, and a reader can begin at any. */
export interface Framing {
  /** 0 for a message that is left out for all of its readers. */
  entryLength(message: Message): number;
  /** Writes an entry at `at` and returns the offset after it. */
  write(target: Uint8Array, at: number, message: Message): number;
  /** Reads an entry back. The payload is a view of it where it lies in one piece. */
  read(entry: Uint8Array): Message;
  /** The NetStream that entries are written for; undefined if they are written for none. */
  readonly netStreamId?: number;
  /** Makes the copy of an entry one for another NetStream. */
  address?(entry: Uint8Array, netStreamId: number): void;
}
