import type { Message } from "@headgate/message";

/** What a file holds, message by message, in the order of their timestamps. Shared by all that play the file. */
export interface MessageIndex {
  readonly count: number;
  /** Milliseconds. */
  readonly durationMs: number;
  readonly hasVideo: boolean;
  /** From 0 at the first message. Milliseconds. */
  timestampMs(message: number): number;
  /** Where the bytes are that {@link message} needs, and how many. */
  position(message: number): number;
  length(message: number): number;
  /** The newest message at or before this position with which a player can begin; the first if there is none. */
  atOrBefore(positionMs: number): number;
  /** Metadata with the duration, and the decoder configurations in force, with the timestamp of the message. */
  headers(message: number): readonly Message[];
  /** With memory, the payload is valid until the memory is used again, and as long as the bytes are. */
  message(message: number, bytes: Uint8Array, memory?: { take(length: number): Uint8Array }): Message;
}

/** Finds something out about a file. The caller reads the file. */
export interface FileOpening<Result> {
  /** Undefined when it has been found out. */
  readonly wants: { readonly position: number; readonly length: number } | undefined;
  readonly index: Result;
  /** The file has grown, or grows no longer: wants what has come since, which the same index then has. Missing where no file grows. */
  extend?(isGrowing: boolean): void;
  /** The bytes that it wants; fewer only at the end of the file. Throws if this is no such file. */
  feed(bytes: Uint8Array): void;
}
