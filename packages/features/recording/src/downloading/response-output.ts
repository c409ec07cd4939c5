import type { ServerResponse } from "node:http";
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

  /** Resolves when the system has taken it, so that its memory may be used again; with false if the client is gone. */
  write(bytes: Uint8Array): Promise<boolean> {
    if (this.#response.destroyed) return Promise.resolve(false);
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
