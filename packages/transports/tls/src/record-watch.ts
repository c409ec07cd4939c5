import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Faults, Guard } from "@headgate/transport";
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
  readonly guard: Guard;
}

/** Ends clients that send many records without content. OpenSSL silently handles any number of KeyUpdates. */
export class RecordWatch {
  readonly #faults: Faults;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Until the connection closes. */
  watch(secured: TLSSocket, carrier: Socket, onInvalid: OnInvalid): void {
    const budget = new RecordBudget(carrier.bytesRead, secured.bytesRead, performance.now());
    const guard = new Guard(this.#faults, "connection", () => secured.destroy());
    const watched = { secured, carrier, budget, onInvalid, guard };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#sweep(), INTERVAL_MS).unref();
    secured.once("close", () => this.#forget(watched));
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const watched of this.#watched) watched.guard.run(() => check(watched, nowMs));
  }

  #forget(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function check({ secured, carrier, budget, onInvalid }: Watched, nowMs: number): void {
  if (budget.spend(carrier.bytesRead, secured.bytesRead, nowMs)) return;
  endInvalid(secured, "too many records without content", onInvalid);
}
