import type { IncomingMessage } from "node:http";
import type { Guard } from "@headgate/transport";
import { MAX_BODY_BYTES, MIN_PIECE_BYTES, PIECES_FREE } from "./limits.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** Collects the bodies of requests, and counts while they come: no request says truly how long it will be. */
export class RequestBodies {
  readonly #memory: SharedMemory;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  /**
   * Calls one of the two, or none if the body stops half-way: then the request may come again. `onRefused` has the status
   * to answer with: the body is too long, or there is no memory for it. A body in too many pieces ends the connection.
   */
  collect(
    guard: Guard,
    request: IncomingMessage,
    onWhole: (body: Uint8Array) => void,
    onRefused: (status: 413 | 503) => void,
  ): void {
    const body = new GrowingBody();
    let isDone = false;
    const finish = (): void => {
      isDone = true;
      this.#memory.release(request);
    };
    const refuse = (status: 413 | 503): void => {
      finish();
      body.clear();
      onRefused(status);
    };
    const take = (piece: Buffer): void => {
      if (isDone) return;
      if (body.length + piece.length > MAX_BODY_BYTES) return refuse(413);
      const { heldBytes } = body;
      body.push(piece);
      if (body.isInTooManyPieces) request.destroy();
      else if (body.heldBytes !== heldBytes && !this.#memory.tryHold(request, body.heldBytes)) refuse(503);
    };
    const end = (): void => {
      if (isDone) return;
      finish();
      onWhole(body.bytes);
    };
    request.on("data", guard.entry(take));
    request.once("end", guard.entry(end));
    request.once("close", guard.entry(finish));
    request.on("error", guard.entry(finish));
  }
}

/** In one buffer, because a list of pieces costs a hundred times what the pieces hold if they have a byte each. */
class GrowingBody {
  #buffer: Uint8Array = NOTHING;
  #length = 0;
  #pieces = 0;

  get length(): number {
    return this.#length;
  }

  get heldBytes(): number {
    return this.#buffer.length;
  }

  get isInTooManyPieces(): boolean {
    return this.#pieces > PIECES_FREE + this.#length / MIN_PIECE_BYTES;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  push(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    this.#pieces += 1;
    // Most bodies are one piece.
    if (this.#length === 0) this.#buffer = piece;
    else if (length > this.#buffer.length) this.#grow(length);
    if (this.#length > 0) this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  clear(): void {
    this.#buffer = NOTHING;
    this.#length = 0;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(MAX_BODY_BYTES, 2 * length));
    grown.set(this.bytes);
    this.#buffer = grown;
  }
}

const NOTHING = new Uint8Array(0);
