import type { Entry, MessageCursor, StreamNames } from "@headgate/bus";
import type { Flushable, Gateway, Subscription } from "@headgate/gateway";
import type { Message } from "@headgate/message";
import type { ItemProblem, ItemSource, Next } from "./item-source.ts";

/** A live stream as an item, from its newest keyframe on, for as long as it is published. */
export class LiveItem implements ItemSource, Flushable {
  lastPass = 0;
  isWoken = false;
  readonly turnKey: string;
  readonly lengthMs: number;
  readonly isLive = true;
  onReady: () => void = () => {};
  readonly #gateway: Pick<Gateway, "read">;
  readonly #names: StreamNames;
  readonly #onFault: (error: unknown) => void;
  /** Undefined if the stream is not to be had. */
  #subscription: Subscription<MessageCursor> | undefined;
  #entry: Entry | undefined;
  #hasBegun = false;

  constructor(
    gateway: Pick<Gateway, "read">,
    names: StreamNames,
    durationMs: number | undefined,
    onFault: (error: unknown) => void,
  ) {
    this.#gateway = gateway;
    this.#names = names;
    this.#onFault = onFault;
    this.turnKey = `${names.application}/${names.name}`;
    this.lengthMs = durationMs ?? Number.POSITIVE_INFINITY;
    this.#subscription = this.#read();
  }

  get expectedMs(): number {
    return this.lengthMs;
  }

  get problem(): ItemProblem | undefined {
    return this.lengthMs === Number.POSITIVE_INFINITY ? undefined : "PLAYLIST_LIVE_ENDED";
  }

  next(nowMs: number): Next | "later" | "over" {
    const cursor = this.#subscription?.playback;
    if (!cursor) return "over";
    this.#entry ??= cursor.next(nowMs);
    // What comes before the first keyframe cannot be decoded.
    while (this.#entry && !this.#hasBegun && !this.#entry.isHeader && !this.#entry.isSync)
      this.#entry = cursor.next(nowMs);
    if (!this.#entry) return this.#hasBegun && !cursor.stream.publisher ? "over" : "later";
    const { message, arrivedMs, isHeader } = this.#entry;
    this.#hasBegun ||= !isHeader;
    return { timestamp: message.timestamp, arrivedMs, isHeader };
  }

  take(): Message | undefined {
    const message = this.#entry?.message;
    this.#entry = undefined;
    return message;
  }

  /** It was kept open so that it would be there; what has come since is not live any more. */
  begin(): void {
    const before = this.#subscription;
    this.#entry = undefined;
    this.#hasBegun = false;
    this.#subscription = this.#read();
    before?.leave();
  }

  close(): void {
    this.#subscription?.leave();
    this.#subscription = undefined;
  }

  flush(): void {
    this.onReady();
  }

  fail(error: unknown): void {
    this.#onFault(error);
  }

  #read(): Subscription<MessageCursor> | undefined {
    const outcome = this.#gateway.read(this.#names, this);
    return typeof outcome === "string" ? undefined : outcome;
  }
}
