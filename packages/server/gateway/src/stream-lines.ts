import type { Logger } from "pino";
import type { MediaFacts } from "./media-summary.ts";
import type { RefusalCode } from "./refusals.ts";

/** The lines one session may log about its streams: a peer that asks a thousand times a second tells nothing new. */
const MAX_STREAM_LOG_LINES = 100;

const MAX_LOGGED_NAME_LENGTH = 128;

export interface StreamLine extends MediaFacts {
  readonly stream: string;
  readonly reason?: RefusalCode;
  /** What the peer was told. */
  readonly description?: string;
  readonly takeover?: boolean;
  /** The program, in its own words, where no other line says it. */
  readonly client?: string;
  /** It is a recording that is played. */
  readonly recorded?: boolean;
  /** An operator has turned the player to it, or the player itself has switched to another recording. */
  readonly switched?: boolean;
  /** The path that the peer has asked for, if another one was granted. */
  readonly renamedFrom?: string | undefined;
  readonly identity?: string | undefined;
  /** Nobody publishes the stream yet. */
  readonly waiting?: boolean;
}

/** What the log is told about the streams of one session. */
export class StreamLines {
  readonly #log: Logger;
  #left = MAX_STREAM_LOG_LINES;

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(level: "info" | "warn", { stream, renamedFrom, ...fields }: StreamLine, message: string): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    const isLast = this.#left === 0 && { note: "last line of this session about its streams" };
    const paths = { stream: shortenedPath(stream), renamedFrom: renamedFrom && shortenedPath(renamedFrom) };
    this.#log[level]({ ...paths, ...fields, ...isLast }, message);
  }
}

export function shortenedPath(path: string): string {
  return path.slice(0, MAX_LOGGED_NAME_LENGTH);
}
