import { GAP_MS, MAX_EARLY_BYTES, MAX_EARLY_REQUESTS } from "./limits.ts";
import type { WaitingRequest } from "./waiting-request.ts";

export interface EarlyRequest extends WaitingRequest {
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** Requests that arrived before an earlier one, by sequence number. */
export class ReorderBuffer {
  readonly #requests = new Map<number, EarlyRequest>();
  #bytes = 0;

  get size(): number {
    return this.#requests.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get areTooMany(): boolean {
    return this.#requests.size > MAX_EARLY_REQUESTS || this.#bytes > MAX_EARLY_BYTES;
  }

  /** When the next one's wait for its answer ends. */
  get dueMs(): number {
    if (this.#requests.size === 0) return Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (const { answer, sinceMs } of this.#requests.values())
      if (answer) least = Math.min(least, sinceMs + GAP_MS);
    return least;
  }

  has(sequence: number): boolean {
    return this.#requests.size > 0 && this.#requests.has(sequence);
  }

  /** Keeps a copy of the body. Returns the request that it replaces. */
  add(request: EarlyRequest): EarlyRequest | undefined {
    const former = this.take(request.sequence);
    this.#requests.set(request.sequence, { ...request, body: new Uint8Array(request.body) });
    this.#bytes += request.body.length;
    return former;
  }

  /** The request's connection is lost; its body is kept. */
  lose(answer: WaitingRequest["answer"]): void {
    for (const request of this.#requests.values()) if (request.answer === answer) request.answer = undefined;
  }

  /** The answers of requests whose wait has ended; their bodies are kept. */
  takeDueAnswers(nowMs: number): readonly WaitingRequest["answer"][] {
    const due = [...this.#requests.values()].filter(({ sinceMs }) => nowMs >= sinceMs + GAP_MS);
    const answers = due.map(({ answer }) => answer);
    for (const request of due) request.answer = undefined;
    return answers;
  }

  take(sequence: number): EarlyRequest | undefined {
    // Asked for each request, and mostly empty.
    if (this.#requests.size === 0) return undefined;
    const request = this.#requests.get(sequence);
    if (!request) return undefined;
    this.#requests.delete(sequence);
    this.#bytes -= request.body.length;
    return request;
  }

  takeAll(): readonly EarlyRequest[] {
    const all = [...this.#requests.values()];
    this.#requests.clear();
    this.#bytes = 0;
    return all;
  }
}
