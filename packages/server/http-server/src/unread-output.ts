import type { Socket } from "node:net";
import { UNREAD_MS } from "./limits.ts";

/** Notices that a peer takes none of its output. */
export class UnreadOutput {
  readonly #socket: Socket;
  #taken = 0;
  #sinceMs = Number.POSITIVE_INFINITY;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether output has waited for UNREAD_MS without a byte being taken. Checked every few seconds. */
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
