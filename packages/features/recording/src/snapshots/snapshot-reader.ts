import type { MessageCursor, StreamKey } from "@headgate/bus";
import { snapshotMp4 } from "@headgate/fmp4";
import type { Flushable, Gateway, RefusalCode, Subscription } from "@headgate/gateway";
import { MessageType } from "@headgate/message";
import { type Faults, Guard } from "@headgate/transport";
import { KeptHeaders } from "../kept-headers.ts";

export interface SnapshotContext {
  readonly gateway: Pick<Gateway, "read">;
  readonly faults: Faults;
  /** Milliseconds of the gateway's clock. */
  readonly now: () => number;
}

/** The picture as a file, or why there is none. */
export type Snapshot = Uint8Array | RefusalCode;

/** The time for a stream to come from another process or server, and for its next keyframe if none is kept. Milliseconds. */
const WAIT_MS = 5_000;

/** Reads a stream up to its first picture, which is its newest keyframe, and leaves it. */
export class SnapshotReader implements Flushable {
  lastPass = 0;
  isWoken = false;
  readonly turnKey: string;
  /** Settled once. */
  readonly snapshot: Promise<Snapshot>;
  readonly #context: SnapshotContext;
  readonly #guard: Guard;
  readonly #headers = new KeptHeaders();
  #subscription: Subscription<MessageCursor> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #resolve: (snapshot: Snapshot) => void = () => {};

  /** `turnKey` is that of the client's address. */
  constructor(context: SnapshotContext, key: StreamKey, turnKey: string) {
    this.#context = context;
    this.turnKey = turnKey;
    this.#guard = new Guard(context.faults, "request", () => this.end());
    this.snapshot = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#guard.run(() => this.#begin(key));
  }

  flush(): void {
    const cursor = this.#subscription?.playback;
    if (!cursor) return;
    const nowMs = this.#context.now();
    for (let entry = cursor.next(nowMs); entry; entry = cursor.next(nowMs)) {
      const { message, isHeader, isSync } = entry;
      if (isHeader) this.#headers.keep(message);
      else if (isSync && message.type === MessageType.video)
        return this.end(snapshotMp4(this.#headers.at(0), message));
    }
  }

  fail(error: unknown): void {
    this.#guard.fail(error);
  }

  /** Calling it again does nothing. */
  end(snapshot: Snapshot = "SNAPSHOT_UNAVAILABLE"): void {
    clearTimeout(this.#timer);
    this.#subscription?.leave();
    this.#subscription = undefined;
    this.#resolve(snapshot);
  }

  #begin({ virtualHost, application, name }: StreamKey): void {
    const subscription = this.#context.gateway.read({ virtualHost, application, name }, this);
    if (typeof subscription === "string") return this.end(subscription);
    this.#subscription = subscription;
    this.#timer = setTimeout(
      this.#guard.entry(() => this.end()),
      WAIT_MS,
    );
    subscription.wake();
  }
}
