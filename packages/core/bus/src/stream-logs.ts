import type { Message } from "@headgate/message";
import type { Framing } from "./framing.ts";
import type { StreamLog } from "./stream-log.ts";

/** The logs of a stream. The first is there as long as the stream, one in another framing from its first reader to its last. */
export class StreamLogs {
  readonly first: StreamLog;
  readonly #others: { readonly log: StreamLog; readers: number }[] = [];

  constructor(first: StreamLog) {
    this.first = first;
  }

  /** The log in this framing, for one more reader. */
  join(framing: Framing): StreamLog {
    if (framing === this.first.framing) return this.first;
    let other = this.#others.find(({ log }) => log.framing === framing);
    if (!other) {
      other = { log: this.first.copyIn(framing), readers: 0 };
      this.#others.push(other);
    }
    other.readers += 1;
    return other.log;
  }

  /** A reader of this log has gone. */
  leave(log: StreamLog): void {
    const index = this.#others.findIndex((other) => other.log === log);
    const other = this.#others[index];
    if (!other) return;
    other.readers -= 1;
    if (other.readers > 0) return;
    this.#others.splice(index, 1);
    log.close();
  }

  /** `syncHeaders` is given where viewers can begin: what they need first, asked for when one does. */
  append(message: Message, nowMs: number, isHeader: boolean, syncHeaders?: () => readonly Message[]): void {
    appendTo(this.first, message, nowMs, isHeader, syncHeaders);
    for (const { log } of this.#others) appendTo(log, message, nowMs, isHeader, syncHeaders);
  }

  /** From now on viewers wait for the next sync point. */
  clearSyncPoint(): void {
    this.first.clearSyncPoint();
    for (const { log } of this.#others) log.clearSyncPoint();
  }

  /** Gives all memory back. */
  close(): void {
    this.first.close();
    for (const { log } of this.#others) log.close();
  }
}

function appendTo(
  log: StreamLog,
  message: Message,
  nowMs: number,
  isHeader: boolean,
  syncHeaders: (() => readonly Message[]) | undefined,
): void {
  const position = log.append(message, nowMs, isHeader);
  if (syncHeaders)
    log.markSyncPoint({ position, timestamp: message.timestamp, arrivedMs: nowMs }, syncHeaders);
}
