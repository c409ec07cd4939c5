import { Agent, type IncomingMessage, request } from "node:http";
import type { ForeignRequest } from "@headgate/http";
import { addressKey, Counts } from "@headgate/transport";

/** Requests that one worker may have pending at the others at once. Each holds a descriptor in both. */
export const MAX_PASSED_REQUESTS = 2_048;

/** The same at one other worker, which may hang. */
export const MAX_PASSED_PER_WORKER = 1_024;

/**
 * The same for one address. Viewers behind a proxy that does not name them are one address, with one request each. An address has
 * no more than are free besides, so that a few addresses cannot have them all.
 */
export const MAX_PASSED_PER_ADDRESS = 512;

/** Longer than a session may leave a request unanswered. */
const ANSWER_MS = 20_000;

/** Shorter than a worker keeps an unused connection open, so that none is used while it is being closed. */
const UNUSED_MS = 15_000;

/** Passes tunnel requests to the worker that has their session. */
export class PassedRequests {
  readonly #agent = new Agent({ keepAlive: true, timeout: UNUSED_MS });
  readonly #pathOf: (slot: number) => string;
  readonly #bySlot = new Counts<number>();
  readonly #byAddress = new Counts<string>();
  #count = 0;

  /** `pathOf` returns where a worker listens. */
  constructor(pathOf: (slot: number) => string) {
    this.#pathOf = pathOf;
  }

  /** Returns the function to call if the request's connection is lost. */
  pass(slot: number, foreign: ForeignRequest): () => void {
    const address = addressKey(foreign.remoteAddress);
    if (!this.#hasRoom(slot, address)) {
      foreign.answer(503);
      return nothing;
    }
    this.#add(slot, address, 1);
    return this.#send(slot, foreign, () => this.#add(slot, address, -1));
  }

  close(): void {
    this.#agent.destroy();
  }

  #hasRoom(slot: number, address: string): boolean {
    const free = Math.min(MAX_PASSED_REQUESTS - this.#count, MAX_PASSED_PER_WORKER - this.#bySlot.of(slot));
    return this.#byAddress.of(address) < Math.min(free, MAX_PASSED_PER_ADDRESS);
  }

  #add(slot: number, address: string, change: 1 | -1): void {
    this.#count += change;
    this.#bySlot.add(slot, change);
    this.#byAddress.add(address, change);
  }

  /** A worker that dies takes its sessions with it. One that hangs refuses connections with EAGAIN after a while. */
  #send(slot: number, { path, body, answer }: ForeignRequest, onDone: () => void): () => void {
    // Only values parsed from the client's request: no field of it can change how this request is read.
    const headers = { Host: "worker", "Content-Length": body.length };
    const target = { socketPath: this.#pathOf(slot), method: "POST", path, headers };
    const outgoing = request({ agent: this.#agent, ...target });
    let isDone = false;
    const finish = (status?: 200 | 404 | 503, reply?: Uint8Array): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      onDone();
      if (status !== undefined) answer(status, reply);
    };
    const timer = setTimeout(() => {
      finish(503);
      outgoing.destroy();
    }, ANSWER_MS);
    const onLost = (error?: NodeJS.ErrnoException): void => finish(error?.code === "EAGAIN" ? 503 : 404);
    outgoing.on("response", (reply) => collect(reply, finish, onLost));
    outgoing.on("error", onLost);
    outgoing.end(body);
    return () => {
      finish();
      outgoing.destroy();
    };
  }
}

function collect(
  reply: IncomingMessage,
  onWhole: (status: 200 | 404 | 503, body?: Uint8Array) => void,
  onLost: (error?: NodeJS.ErrnoException) => void,
): void {
  const pieces: Buffer[] = [];
  reply.on("data", (piece: Buffer) => pieces.push(piece));
  reply.on("end", () => {
    if (reply.statusCode === 200) onWhole(200, Buffer.concat(pieces));
    else onWhole(reply.statusCode === 404 ? 404 : 503);
  });
  reply.on("error", onLost);
  reply.on("close", () => onLost());
}

function nothing(): void {}
