import type { Pinned } from "@headgate/bus";
import type { Link } from "@headgate/transport";

/** A part of it, in the order in which it was written. */
interface Part {
  readonly memory: Pinned;
  /** How much had been written at its end. Bytes. */
  endBytes: number;
  /** When its end was written. Milliseconds. */
  writtenMs: number;
}

/**
 * What was written to a Link and has not left the process: in the socket, or in replies of a tunnel that wait, lie unread or are kept.
 * As long as it is there its memory is pinned, so that it counts although its log has dropped it.
 */
export class UnsentMedia {
  readonly #link: Pick<Link, "queuedBytes">;
  readonly #parts: Part[] = [];
  #writtenBytes = 0;

  constructor(link: Pick<Link, "queuedBytes">) {
    this.#link = link;
  }

  /** Something that holds no memory of a stream was written in between, and has not left at once. */
  skip(length: number): void {
    this.#writtenBytes += length;
  }

  /** The last of it was pinned for this. */
  add(memory: Pinned, length: number, nowMs: number): void {
    this.#writtenBytes += length;
    const last = this.#parts.at(-1);
    if (last?.memory !== memory) {
      this.#parts.push({ memory, endBytes: this.#writtenBytes, writtenMs: nowMs });
      return;
    }
    memory.unpin();
    last.endBytes = this.#writtenBytes;
    last.writtenMs = nowMs;
  }

  /** Lets go of what has left; called a few times a second. */
  look(): void {
    if (this.#parts.length === 0) return;
    const leftBytes = this.#writtenBytes - this.#link.queuedBytes;
    while (this.#parts.length > 0 && this.#parts[0]!.endBytes <= leftBytes)
      this.#parts.shift()!.memory.unpin();
  }

  /** Since when it has held memory that nobody else wants; undefined if it holds none. Milliseconds. */
  get droppedSinceMs(): number | undefined {
    const first = this.#parts[0];
    return first?.memory.isDropped ? first.writtenMs : undefined;
  }

  /** The peer is gone. */
  end(): void {
    for (const { memory } of this.#parts.splice(0)) memory.unpin();
  }
}
