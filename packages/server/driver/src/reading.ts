import type { Link } from "@headgate/transport";

/** Reads from a Link, unless the connection's owner has paused it or too much input waits for the peer's turns. */
export class Reading {
  readonly #link: Link;
  #isPaused = false;
  #awaitsTurns = false;

  constructor(link: Link) {
    this.#link = link;
  }

  pause(): void {
    this.#isPaused = true;
    this.#link.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#awaitsTurns) this.#link.resume();
  }

  /** Whether too much input waits for the peer's turns. */
  get awaitsTurns(): boolean {
    return this.#awaitsTurns;
  }

  /** Too much input waits: pauses until {@link turnsCame}. */
  awaitTurns(): void {
    if (this.#awaitsTurns) return;
    this.#awaitsTurns = true;
    this.#link.pause();
  }

  turnsCame(): void {
    if (!this.#awaitsTurns) return;
    this.#awaitsTurns = false;
    if (!this.#isPaused) this.#link.resume();
  }

  /** The connection is ending. A paused Link would not notice that the peer closes. */
  end(): void {
    if (this.#awaitsTurns) this.#link.resume();
  }
}
