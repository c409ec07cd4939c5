/** What a pipe takes in one piece, so that lines of several workers do not get into each other (POSIX, PIPE_BUF). Bytes. */
const MAX_WRITE_BYTES = 4096;

/**
 * Gathers the lines of one turn of the event loop and writes them at its end, and at the latest when the process ends: a
 * thousand players who come at once are not a thousand writes.
 */
export class LinesOfATurn {
  readonly #output: { write(text: string): void };
  #held = "";
  #heldBytes = 0;
  #isEndAwaited = false;

  constructor(output: { write(text: string): void }) {
    this.#output = output;
    process.on("exit", () => this.#flush());
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#heldBytes + bytes > MAX_WRITE_BYTES) this.#flush();
    this.#held += line;
    this.#heldBytes += bytes;
    if (this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    setImmediate(() => {
      this.#isEndAwaited = false;
      this.#flush();
    });
  }

  #flush(): void {
    const held = this.#held;
    this.#held = "";
    this.#heldBytes = 0;
    if (held !== "") this.#output.write(held);
  }
}
