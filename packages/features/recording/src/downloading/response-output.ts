import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Guard } from "@headgate/transport";

export interface Sending {
  readonly response: ServerResponse;
  readonly guard: Guard;
  /** Hears of bytes that the system has taken. */
  readonly count: (bytes: number) => void;
}

/** A response that is written to one piece at a time. */
export class ResponseOutput {
  readonly #response: ServerResponse;
  readonly #onWritten: () => void;
  readonly #count: (bytes: number) => void;
  #bytes = 0;
  #onTaken: ((isThere: boolean) => void) | undefined;

  constructor({ response, guard, count }: Sending) {
    this.#response = response;
    this.#count = count;
    this.#onWritten = guard.entry(() => this.#take());
    // One that waits for its turn on its connection hears nothing else when the connection is gone.
    response.once("close", this.#onWritten);
  }

  /**
   * Writes in a later turn of the event loop: bytes that are there at once for a client that takes them at once would keep all others
   * waiting. Resolves when the system has taken them, so that their memory may be used again; with false if the client is gone.
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    await nextTurn();
    if (this.#response.destroyed) return false;
    return new Promise((resolve) => {
      this.#onTaken = resolve;
      this.#bytes = bytes.length;
      this.#response.write(bytes, this.#onWritten);
    });
  }

  #take(): void {
    const onTaken = this.#onTaken;
    if (!onTaken) return;
    this.#onTaken = undefined;
    const isThere = !this.#response.destroyed;
    if (isThere) this.#count(this.#bytes);
    onTaken(isThere);
  }
}
