import type { TLSSocket } from "node:tls";
import { type Faults, Guard } from "@headgate/transport";
import { endInvalid, type OnInvalid } from "./end-invalid.ts";

/**
 * A record of TLS that carries less is a small one. Each costs this process some microseconds, whatever it carries, before RTMP and
 * HTTP, whose limits would bound it, see anything of it. Bytes.
 */
const SMALL_RECORD_BYTES = 64;

/**
 * Small records that a connection may bring in a second, and at once: more than a stream has messages, each with its own record
 * and, in TLS 1.0, one more of a single byte.
 */
export const SMALL_RECORDS_PER_SECOND = 1_000;

/** Counts the small records of one connection, whichever side of TLS this process is. */
export class SmallRecords {
  /** OpenSSL is at work on the connection when it is called. */
  #onFlood: () => void = () => {};
  #left = SMALL_RECORDS_PER_SECOND;
  #countedMs: number;

  constructor(nowMs: number) {
    this.#countedMs = nowMs;
  }

  /** To be called with what each record carries, or null at the end. Returns whether it is to be read. */
  allows(content: Uint8Array | null): boolean {
    if (content === null || content.length >= SMALL_RECORD_BYTES || this.take(performance.now())) return true;
    this.#onFlood();
    this.#onFlood = () => {};
    return false;
  }

  /** Returns whether there may be one more. */
  take(nowMs: number): boolean {
    const gained = ((nowMs - this.#countedMs) / 1_000) * SMALL_RECORDS_PER_SECOND;
    this.#left = Math.min(SMALL_RECORDS_PER_SECOND, this.#left + gained) - 1;
    this.#countedMs = nowMs;
    return this.#left >= 0;
  }

  /** Ends the connection when there are too many. */
  endOnFlood(secured: TLSSocket, faults: Faults, onInvalid: OnInvalid): void {
    const guard = new Guard(faults, "connection", () => secured.destroy());
    const end = guard.entry(() => {
      if (!secured.destroyed) endInvalid(secured, "too many small records", onInvalid);
    });
    this.#onFlood = () => setImmediate(end);
  }
}
