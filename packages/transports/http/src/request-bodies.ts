import type { IncomingMessage } from "node:http";
import type { Guard } from "@headgate/transport";
import { MAX_BODY_BYTES, MIN_PIECE_BYTES, PIECE_BYTES, PIECES_FREE } from "./limits.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** Collects the bodies of requests, and counts their bytes as they arrive: a declared length may be wrong. */
export class RequestBodies {
  readonly #memory: SharedMemory;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  /**
   * Calls one of the two, or neither if the body stops half-way: the request may then be repeated. `onRefused` gets the status
   * to answer with: the body is too long, or there is no memory for it. A body in too many pieces ends the connection.
   * `address` is the key of the client's.
   */
  collect(
    guard: Guard,
    { message: request, address }: { readonly message: IncomingMessage; readonly address: string },
    onWhole: (body: Uint8Array) => void,
    onRefused: (status: 413 | 503) => void,
  ): void {
    const pieces: Buffer[] = [];
    let length = 0;
    let isDone = false;
    const finish = (): void => {
      isDone = true;
      this.#memory.release(request);
    };
    const refuse = (status: 413 | 503): void => {
      finish();
      pieces.length = 0;
      onRefused(status);
    };
    const take = (piece: Buffer): void => {
      if (isDone) return;
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_BODY_BYTES) refuse(413);
      else if (pieces.length > PIECES_FREE + length / MIN_PIECE_BYTES) request.destroy();
      else if (!this.#memory.tryHold(request, length + pieces.length * PIECE_BYTES, address)) refuse(503);
    };
    const end = (): void => {
      if (isDone) return;
      finish();
      onWhole(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    };
    request.on("data", guard.entry(take));
    request.once("end", guard.entry(end));
    request.once("close", guard.entry(finish));
    request.on("error", guard.entry(finish));
  }
}
