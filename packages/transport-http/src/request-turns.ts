import type { Socket } from "node:net";
import { MAX_REQUESTS_PER_TURN } from "./limits.ts";

/** Has a connection that brings many requests at once wait until others have had their turn. */
export class RequestTurns {
  #counts = new Map<Socket, number>();

  /** To be called for each request of the connection. */
  count(socket: Socket): void {
    if (this.#counts.size === 0) setImmediate(() => this.#endTurn());
    const count = (this.#counts.get(socket) ?? 0) + 1;
    this.#counts.set(socket, count);
    if (count !== MAX_REQUESTS_PER_TURN) return;
    socket.pause();
    // node:http resumes the connection to read the body of each request that has come already.
    socket.on("resume", pauseAgain);
  }

  #endTurn(): void {
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [socket, count] of counts) {
      if (count < MAX_REQUESTS_PER_TURN) continue;
      socket.off("resume", pauseAgain);
      socket.resume();
    }
  }
}

function pauseAgain(this: Socket): void {
  this.pause();
}
