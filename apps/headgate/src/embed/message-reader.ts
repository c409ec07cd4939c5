import type { Entry, MessageCursor } from "@headgate/bus";
import type { Flushable, Subscription } from "@headgate/gateway";
import { MessageType } from "@headgate/message";
import { type Faults, Guard } from "@headgate/transport";
import { GatewayError } from "./gateway-error.ts";
import type { MediaMessage } from "./public-types.ts";

type Result = IteratorResult<MediaMessage, undefined>;

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Result = { done: true, value: undefined };

interface ReaderParts {
  readonly subscribe: (reader: Flushable) => Subscription<MessageCursor>;
  readonly onEnd: (reader: MessageReader) => void;
  readonly faults: Faults;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
}

/**
 * Reads a stream for a program. It reads from the log when it is asked to, and keeps nothing: however slow the program is,
 * nothing grows.
 */
export class MessageReader implements AsyncIterableIterator<MediaMessage>, Flushable {
  lastPass = 0;
  isWoken = false;
  readonly turnKey = "";
  readonly #parts: ReaderParts;
  readonly #guard: Guard;
  readonly #subscription: Subscription<MessageCursor>;
  /** Whether the stream has had a publisher since. */
  #hasBegun: boolean;
  #waiting: Waiting | undefined;
  #isOver = false;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#guard = new Guard(parts.faults, "request", (error) => this.#end(error));
    this.#subscription = parts.subscribe(this);
    this.#hasBegun = this.#subscription.stream.live;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#waiting) throw new GatewayError(["next() was called again before it has resolved"]);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#guard.run(() => this.flush());
    });
  }

  /** Ends it. A `for await` that is left does that. */
  async return(): Promise<Result> {
    this.#guard.run(() => this.#end());
    return DONE;
  }

  /** Called when the stream has something new. */
  flush(): void {
    const { stream, playback } = this.#subscription;
    this.#hasBegun ||= stream.live;
    const waiting = this.#waiting;
    if (!waiting) return;
    if (this.#isOver) return this.#end();
    const entry = playback.next(this.#parts.now());
    if (playback.lagCount > 0 && stream.options.lagPolicy === "drop")
      return this.#end(new GatewayError([`${stream.key.path}: it was read too slowly`]));
    if (entry) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: messageOf(entry) });
    } else if (this.#hasBegun && !stream.live) {
      this.#end();
    }
  }

  fail(error: unknown): void {
    this.#guard.fail(error);
  }

  #end(error?: unknown): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#subscription.leave();
      this.#parts.onEnd(this);
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error === undefined) waiting?.resolve(DONE);
    else waiting?.reject(error);
  }
}

const KINDS: Readonly<Record<number, MediaMessage["kind"]>> = {
  [MessageType.audio]: "audio",
  [MessageType.video]: "video",
};

/** The log's memory becomes that of other messages. */
function messageOf({ message, isHeader, isSync }: Entry): MediaMessage {
  const { type, timestamp, payload } = message;
  return {
    kind: KINDS[type] ?? "data",
    timestampMs: timestamp,
    bytes: new Uint8Array(payload),
    isHeader,
    isSync,
  };
}
