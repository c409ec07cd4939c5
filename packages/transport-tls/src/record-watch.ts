import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { RecordBudget } from "./record-budget.ts";
import { endInvalid, type OnInvalid } from "./server-socket.ts";

/** Short enough that a flood of records is ended after its first burst, long enough for 10,000 connections. */
const INTERVAL_MS = 250;

interface Watched {
  readonly secured: TLSSocket;
  /** The TCP connection below. */
  readonly carrier: Socket;
  readonly budget: RecordBudget;
  readonly onInvalid: OnInvalid;
}

/** Ends clients that send records without content in numbers. OpenSSL handles KeyUpdates without limit and tells nobody. */
export class RecordWatch {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** Until the connection closes. */
  watch(secured: TLSSocket, carrier: Socket, onInvalid: OnInvalid): void {
    const budget = new RecordBudget(carrier.bytesRead, secured.bytesRead, performance.now());
    const watched = { secured, carrier, budget, onInvalid };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#sweep(), INTERVAL_MS).unref();
    secured.once("close", () => this.#forget(watched));
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const { secured, carrier, budget, onInvalid } of this.#watched) {
      if (budget.spend(carrier.bytesRead, secured.bytesRead, nowMs)) continue;
      endInvalid(secured, "too many records without content", onInvalid);
    }
  }

  #forget(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
