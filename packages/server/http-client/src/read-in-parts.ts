import type { Socket } from "node:net";
import type { ReplyTurns } from "./reply-turns.ts";

/**
 * How much of a reply undici gets to read at once. A head of the shortest lines that is too long costs it some milliseconds for a
 * part of this length, because it makes an error for each name and value beyond its limit. Bytes.
 */
export const MAX_PART_BYTES: number = 4 * 1024;

/**
 * Lets undici read a connection in small parts, in turns with those to other servers, and not at all once it has ended. Otherwise
 * it handles all that a packet holds before anything else happens, and does not stop where it has given the connection up: in
 * 64 KiB can be ten thousand lines of a head, trailers, or pieces of a body.
 */
export function readInParts(socket: Socket, server: string, turns: ReplyTurns): void {
  const read = socket.read.bind(socket);
  const goOn = (): void => {
    if (!socket.destroyed) socket.emit("readable");
  };
  socket.read = (bytes) => {
    if (bytes !== undefined || socket.readableLength === 0) return read(bytes);
    if (socket.destroyed) return null;
    if (turns.isOver) {
      turns.wait(server, goOn);
      return null;
    }
    turns.start();
    return read(Math.min(socket.readableLength, MAX_PART_BYTES));
  };
}
