import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { Guard } from "@headgate/transport";
import { BodyStream } from "./body-stream.ts";
import { MAX_READ_AHEAD_BYTES, READ_AHEAD_BYTES } from "./web-limits.ts";

/** The body of a request, as it is passed to the web server. */
export interface RequestBody {
  /** A stream of its own: destroying it leaves the client's connection open. */
  readonly stream: Readable;
  /** Undefined if it is not known yet. Bytes. */
  readonly length: number | undefined;
}

/** Reads bodies of requests ahead, and counts the memory for that. */
export class ReadAhead {
  #bytes = 0;

  /**
   * Calls `onReady` when the body is whole, or when enough of it was read ahead. The stream fails if the client leaves
   * half-way. After the stream is destroyed, the rest of the body is read and dropped.
   */
  read(guard: Guard, request: IncomingMessage, onReady: (body: RequestBody) => void): Readable {
    const goOn = guard.entry(() => {
      if (stream.waitingBytes < READ_AHEAD_BYTES) request.resume();
    });
    const stream = new BodyStream(goOn);
    let length = 0;
    let isReady = false;
    const ready = (whole?: "whole"): void => {
      if (isReady) return;
      isReady = true;
      this.#bytes -= length;
      if (!stream.destroyed) onReady({ stream, length: whole ? length : declaredLength(request) });
    };
    const take = (piece: Buffer): void => {
      if (stream.destroyed) return;
      if (!isReady) this.#bytes += piece.length;
      length += piece.length;
      stream.add(piece);
      const isFull = stream.waitingBytes >= READ_AHEAD_BYTES;
      if (isFull) request.pause();
      if (isFull || this.#bytes >= MAX_READ_AHEAD_BYTES) ready();
    };
    const end = (): void => {
      stream.finish();
      ready("whole");
    };
    const close = (): void => {
      if (!request.complete) stream.destroy(new Error("the client has gone"));
    };
    const drop = (): void => {
      ready();
      request.resume();
    };
    request.on("data", guard.entry(take));
    request.once("end", guard.entry(end));
    request.once("close", guard.entry(close));
    stream.on("error", () => {});
    stream.once("close", guard.entry(drop));
    return stream;
  }
}

function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}
