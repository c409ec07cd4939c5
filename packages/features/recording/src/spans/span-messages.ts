import { type Message, MessageType } from "@headgate/message";
import type { FileSource } from "../playing/file-source.ts";

/** A file of a span. */
export interface SpanFile {
  /** When its first message arrived, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** To be closed. */
  open(): Promise<FileSource>;
}

/** A file that begins when the one before ends, but for what the way from the publisher took. Milliseconds. */
const SEAMLESS_MS = 1_000;

/**
 * The messages of a span, from the keyframe at or before its start on, with times from 0 there: headers in front of those of each
 * file. Files that follow each other are joined without a hole.
 */
export async function* spanMessages(
  files: readonly SpanFile[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): AsyncGenerator<Message> {
  let originMs: number | undefined;
  let joinMs = 0;
  for (const { startedMs, open } of files) {
    const source = await open();
    try {
      const positionMs = source.seek(originMs === undefined ? Math.max(0, startMs - startedMs) : 0);
      originMs ??= startedMs + positionMs;
      const toldMs = startedMs - originMs;
      const shiftMs = joinMs > 0 && Math.abs(toldMs - joinMs) < SEAMLESS_MS ? joinMs : toldMs;
      yield* shifted(source.headers, shiftMs);
      const clock = new FrameClock(source.hasVideo ? MessageType.video : MessageType.audio);
      for (let message = source.next(); message; message = source.next()) {
        if (message === "later") {
          await ready(source);
          continue;
        }
        const timestamp = message.timestamp + shiftMs;
        if (timestamp >= endMs - originMs) return;
        clock.note(message.type, timestamp);
        yield { ...message, timestamp };
      }
      joinMs = clock.nextMs;
    } finally {
      source.close();
    }
  }
}

/** When the next frame of a medium is due. */
class FrameClock {
  readonly #type: number;
  #lastMs = 0;
  #stepMs = 0;

  constructor(type: number) {
    this.#type = type;
  }

  get nextMs(): number {
    return this.#lastMs + this.#stepMs;
  }

  note(type: number, timestampMs: number): void {
    if (type !== this.#type) return;
    this.#stepMs = timestampMs - this.#lastMs;
    this.#lastMs = timestampMs;
  }
}

function shifted(headers: readonly Message[], shiftMs: number): readonly Message[] {
  return headers.map((header) => ({ ...header, timestamp: header.timestamp + shiftMs }));
}

function ready(source: FileSource): Promise<void> {
  return new Promise((resolve) => {
    source.onReady = resolve;
  });
}
