import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES, MAX_UNFINISHED_BODY_BYTES } from "./limits.ts";

/** Collects the bodies of requests, and counts while they come: no request says truly how long it will be. */
export class RequestBodies {
  #unfinishedBytes = 0;

  /** Calls one of the two, or none if the body stops half-way: then the request may come again. */
  collect(request: IncomingMessage, onWhole: (body: Uint8Array) => void, onTooLong: () => void): void {
    const pieces: Buffer[] = [];
    let length = 0;
    let isDone = false;
    const finish = (): void => {
      if (!isDone) this.#unfinishedBytes -= length;
      isDone = true;
    };
    request.on("data", (piece: Buffer) => {
      if (isDone) return;
      length += piece.length;
      this.#unfinishedBytes += piece.length;
      pieces.push(piece);
      if (length <= MAX_BODY_BYTES && this.#unfinishedBytes <= MAX_UNFINISHED_BODY_BYTES) return;
      pieces.length = 0;
      finish();
      onTooLong();
    });
    request.once("end", () => {
      if (isDone) return;
      finish();
      onWhole(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    });
    request.once("close", finish);
    request.on("error", finish);
  }
}
