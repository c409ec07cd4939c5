import type { IncomingMessage } from "node:http";
import type { Guard } from "@headgate/transport";
import { MIN_PIECE_BYTES, PIECE_BYTES, PIECES_FREE } from "./limits.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** Why a body is not read to its end. */
export type BodyRefusal = "too long" | "too many pieces" | "no memory";

/** Collects the bodies of requests or replies, and counts their bytes as they arrive: a declared length may be wrong. */
export class HttpBodies {
  readonly #memory: SharedMemory;
  readonly #maxBytes: number;

  /** `maxBytes`: of one body. */
  constructor(memory: SharedMemory, maxBytes: number) {
    this.#memory = memory;
    this.#maxBytes = maxBytes;
  }

  /**
   * Calls one of the two, or neither if the body stops half-way. After `onRefused`, nothing more of it is kept. `address` is the
   * key of the peer's.
   */
  collect(
    guard: Guard,
    { message, address }: { readonly message: IncomingMessage; readonly address: string },
    onWhole: (body: Uint8Array) => void,
    onRefused: (why: BodyRefusal) => void,
  ): void {
    const pieces: Buffer[] = [];
    let length = 0;
    let isDone = false;
    const finish = (): void => {
      isDone = true;
      this.#memory.release(message);
    };
    const refuse = (why: BodyRefusal): void => {
      finish();
      pieces.length = 0;
      onRefused(why);
    };
    const take = (piece: Buffer): void => {
      if (isDone) return;
      pieces.push(piece);
      length += piece.length;
      if (length > this.#maxBytes) refuse("too long");
      else if (pieces.length > PIECES_FREE + length / MIN_PIECE_BYTES) refuse("too many pieces");
      else if (!this.#memory.tryHold(message, length + pieces.length * PIECE_BYTES, address))
        refuse("no memory");
    };
    const end = (): void => {
      if (isDone) return;
      finish();
      onWhole(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    };
    message.on("data", guard.entry(take));
    message.once("end", guard.entry(end));
    message.once("close", guard.entry(finish));
    message.on("error", guard.entry(finish));
  }
}
