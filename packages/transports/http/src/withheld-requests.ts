import { HOLD_MS, WITHHOLD_MS } from "./limits.ts";
import type { WaitingRequest } from "./waiting-request.ts";

/**
 * Requests of a paused session: their bytes are taken, and they wait for their answer in the order of their numbers, so that
 * the client sends no more. A send request waits much longer than an idle one. One whose connection is lost keeps its place
 * for the copy of it that may come.
 */
export class WithheldRequests {
  #requests: WaitingRequest[] = [];

  get size(): number {
    return this.#requests.length;
  }

  /** When the next one's wait ends. */
  get dueMs(): number {
    return this.#requests.reduce(
      (least, request) => Math.min(least, dueMs(request)),
      Number.POSITIVE_INFINITY,
    );
  }

  find(sequence: number): WaitingRequest | undefined {
    return this.#requests.find((request) => request.sequence === sequence);
  }

  add(request: WaitingRequest): void {
    this.#requests.push(request);
  }

  /** Returns whether it was one of these. */
  lose(answer: WaitingRequest["answer"]): boolean {
    const lost = this.#requests.find((request) => request.answer === answer);
    if (lost) lost.answer = undefined;
    return lost !== undefined;
  }

  /** Removes the first one if its time is up, or if it need not wait once it is the first. */
  takeFirst(nowMs: number): WaitingRequest | undefined {
    const [first] = this.#requests;
    if (!first || (first.kind === "send" && nowMs < dueMs(first))) return undefined;
    return this.#requests.shift();
  }

  /** Removes the idle ones, or those of them whose time is up. */
  takeIdle(nowMs: number = Number.POSITIVE_INFINITY): readonly WaitingRequest[] {
    const isTaken = (request: WaitingRequest): boolean => request.kind === "idle" && nowMs >= dueMs(request);
    const taken = this.#requests.filter(isTaken);
    if (taken.length > 0) this.#requests = this.#requests.filter((request) => !isTaken(request));
    return taken;
  }

  takeAll(): readonly WaitingRequest[] {
    return this.#requests.splice(0);
  }
}

function dueMs({ kind, sinceMs }: WaitingRequest): number {
  return sinceMs + (kind === "idle" ? HOLD_MS : WITHHOLD_MS);
}
