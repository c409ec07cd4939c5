import { BLAMELESS_REPLY_BYTES } from "./limits.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** A connection to which replies are written. */
export interface ReplyConnection {
  /** What was written to it and has not left the process. */
  readonly unreadBytes: number;
  destroy(): void;
}

/** The replies of a session that lie unread in connections: each may lie in another one. */
export class SessionReplies {
  readonly #bytes = new Map<ReplyConnection, number>();

  get bytes(): number {
    let sum = 0;
    for (const [connection, bytes] of this.#bytes) sum += this.#note(connection, bytes);
    return sum;
  }

  /** A reply was written. */
  add(connection: ReplyConnection, bytes: number): void {
    // Forgets connections that are over.
    for (const [other, unread] of this.#bytes) this.#note(other, unread);
    this.#note(connection, (this.#bytes.get(connection) ?? 0) + bytes);
  }

  /** Somebody else counts them from now on. */
  moveTo(others: LeftReplies, address: string): void {
    for (const [connection, bytes] of this.#bytes) others.add(connection, bytes, address);
    this.#bytes.clear();
  }

  /** Returns how many of the bytes are unread. */
  #note(connection: ReplyConnection, bytes: number): number {
    const unread = Math.min(bytes, connection.unreadBytes);
    if (unread > 0) this.#bytes.set(connection, unread);
    else this.#bytes.delete(connection);
    return unread;
  }
}

/**
 * Unread replies that no session here answers for: it is over, or another process has it. Beyond the memory that is shared, the
 * connection is ended.
 */
export class LeftReplies {
  readonly #memory: SharedMemory;
  readonly #left = new Map<ReplyConnection, { readonly bytes: number; readonly address: string }>();

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  /** A reply was written. `address` is the key of the client's. */
  add(connection: ReplyConnection, bytes: number, address: string): void {
    this.#hold(connection, (this.#left.get(connection)?.bytes ?? 0) + bytes, address);
  }

  /** Looks what has been read; called every few seconds. */
  sweep(): void {
    for (const [connection, { bytes, address }] of this.#left) this.#hold(connection, bytes, address);
  }

  #hold(connection: ReplyConnection, bytes: number, address: string): void {
    const unread = Math.min(bytes, connection.unreadBytes);
    const isHeld = this.#memory.tryHold(connection, unread, address, BLAMELESS_REPLY_BYTES);
    if (isHeld && unread > 0) {
      this.#left.set(connection, { bytes: unread, address });
      return;
    }
    this.#left.delete(connection);
    this.#memory.release(connection);
    if (!isHeld) connection.destroy();
  }
}
