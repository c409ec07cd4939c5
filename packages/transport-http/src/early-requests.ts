import { MAX_EARLY_BYTES, MAX_EARLY_REQUESTS } from "./limits.ts";

interface Early {
  readonly body: Uint8Array;
}

/** Requests that have come before one they follow, by sequence number. */
export class EarlyRequests<Request extends Early> {
  readonly #requests = new Map<number, Request>();
  #bytes = 0;

  get size(): number {
    return this.#requests.size;
  }

  has(sequence: number): boolean {
    return this.#requests.has(sequence);
  }

  /** Returns the one it takes the place of. */
  add(sequence: number, request: Request): Request | undefined {
    const former = this.take(sequence);
    this.#requests.set(sequence, request);
    this.#bytes += request.body.length;
    return former;
  }

  get areTooMany(): boolean {
    return this.#requests.size > MAX_EARLY_REQUESTS || this.#bytes > MAX_EARLY_BYTES;
  }

  take(sequence: number): Request | undefined {
    const request = this.#requests.get(sequence);
    if (!request) return undefined;
    this.#requests.delete(sequence);
    this.#bytes -= request.body.length;
    return request;
  }

  takeAll(): readonly Request[] {
    const all = [...this.#requests.values()];
    this.#requests.clear();
    this.#bytes = 0;
    return all;
  }
}
