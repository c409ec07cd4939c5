import type { Socket } from "node:net";
import { UNREAD_MS } from "./limits.ts";

/** Notices that a peer takes nothing of what it is sent. */
export class UnreadOutput {
  readonly #socket: Socket;
  #taken = 0;
  #sinceMs = Number.POSITIVE_INFINITY;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether something waits to be sent, and has for UNREAD_MS without a byte taken. Looked at every few seconds. */
  isStuck(nowMs: number): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    const taken = bytesWritten - writableLength;
    if (writableLength > 0 && taken === this.#taken) {
      this.#sinceMs = Math.min(this.#sinceMs, nowMs);
      return nowMs - this.#sinceMs >= UNREAD_MS;
    }
    this.#taken = taken;
    this.#sinceMs = Number.POSITIVE_INFINITY;
    return false;
  }
}
