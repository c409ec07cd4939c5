import { fstatSync, write, writeSync } from "node:fs";

/** The most that waits to be written: some 4,000 lines. A log that cannot be written must not fill the memory. Bytes. */
export const MAX_PENDING_BYTES: number = 1024 * 1024;

/** What a pipe takes in one piece, so that lines of several workers do not mix (POSIX, PIPE_BUF). Bytes. */
const MAX_WRITE_BYTES = 4096;

/** A pipe is full: its reader needs a moment. */
const FULL_PIPE_RETRY_MS = 50;

/** A full disk, or a reader that is gone, takes longer to change. */
const FAILURE_RETRY_MS = 1_000;

/** A write to a pipe or a terminal that takes longer than this when the process exits does not return. */
const STUCK_MS = 400;

/**
 * Writes lines to a descriptor and neither waits for it nor fails: lines that the descriptor does not take are kept, and beyond
 * MAX_PENDING_BYTES they are dropped and counted. The lines of one turn of the event loop are written together.
 */
export class LogOutput {
  /** Called with the number of dropped lines once lines can be written again; it may write a line about that. */
  onRecovered: (dropped: number) => void = () => {};
  readonly #fd: number;
  readonly #unblock: () => void;
  /** Full writes, the next one first. */
  readonly #queue: Buffer[] = [];
  #gathered = "";
  #gatheredBytes = 0;
  #pendingBytes = 0;
  #dropped = 0;
  #droppedTotal = 0;
  #isTurnAwaited = false;
  #writingSinceMs: number | undefined;
  #retry: NodeJS.Timeout | undefined;
  #onFlushed: () => void = () => {};

  /**
   * `unblock` makes the descriptor non-blocking, as far as possible. It is called before each write, because processes that
   * share the descriptor, such as workers that start and exit, change that for all of them.
   */
  constructor(fd: number, unblock: () => void = () => {}) {
    this.#fd = fd;
    this.#unblock = unblock;
    process.on("exit", () => this.#writeLastLines());
  }

  /** Lines dropped since the process started. */
  get droppedLines(): number {
    return this.#droppedTotal;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      this.#dropped += 1;
      this.#droppedTotal += 1;
      return;
    }
    this.#pendingBytes += bytes;
    if (this.#gatheredBytes + bytes > MAX_WRITE_BYTES) this.#enqueueGathered();
    this.#gathered += line;
    this.#gatheredBytes += bytes;
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    setImmediate(() => {
      this.#isTurnAwaited = false;
      this.#writeNext();
    });
  }

  /** Resolves when every line is written, or after `maxMs`. */
  async flush(maxMs: number): Promise<void> {
    if (this.#pendingBytes === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onFlushed = resolve;
      timer = setTimeout(resolve, maxMs);
      this.#writeNext();
    });
    clearTimeout(timer);
  }

  #enqueueGathered(): void {
    if (this.#gatheredBytes > 0) this.#queue.push(Buffer.from(this.#gathered));
    this.#gathered = "";
    this.#gatheredBytes = 0;
  }

  #writeNext(): void {
    if (this.#writingSinceMs !== undefined || this.#retry) return;
    if (this.#queue.length === 0) this.#enqueueGathered();
    const bytes = this.#queue[0];
    if (bytes === undefined) return;
    this.#writingSinceMs = performance.now();
    this.#unblock();
    // In another thread, in case it blocks nevertheless.
    write(this.#fd, bytes, (error, written) => {
      this.#writingSinceMs = undefined;
      if (error) this.#retryAfter(error.code === "EAGAIN" ? FULL_PIPE_RETRY_MS : FAILURE_RETRY_MS);
      else this.#wrote(bytes, written);
    });
  }

  #retryAfter(delayMs: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#writeNext();
    }, delayMs);
    this.#retry.unref();
  }

  #wrote(bytes: Buffer, written: number): void {
    this.#pendingBytes -= written;
    if (written < bytes.length) this.#queue[0] = bytes.subarray(written);
    else this.#queue.shift();
    // Not as soon as one line fits: a log that is too slow would then consist of lines about lost lines.
    if (this.#dropped > 0 && this.#pendingBytes <= MAX_PENDING_BYTES / 2) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.onRecovered(dropped);
    }
    if (this.#pendingBytes === 0) this.#onFlushed();
    this.#writeNext();
  }

  #isStuck(): boolean {
    const isLate = performance.now() - (this.#writingSinceMs ?? Number.POSITIVE_INFINITY) > STUCK_MS;
    // A disk may be slow, but answers.
    return isLate && !fstatSync(this.#fd).isFile();
  }

  /** Nothing asynchronous happens after `exit`. */
  #writeLastLines(): void {
    if (this.#isStuck()) return endAtOnce();
    this.#enqueueGathered();
    // The first entry is being written.
    const rest = this.#queue.slice(this.#writingSinceMs === undefined ? 0 : 1);
    try {
      this.#unblock();
      for (const bytes of rest) writeSync(this.#fd, bytes);
    } catch {
      // The descriptor takes no more, and there is no time left.
    }
  }
}

/** The standard output. Files have no handle to unblock, and do not block for long. */
export function standardOutput(): LogOutput {
  const { _handle: handle } = process.stdout as { _handle?: { setBlocking?(isBlocking: boolean): void } };
  return new LogOutput(1, () => handle?.setBlocking?.(false));
}

/** Exiting waits for all threads, even for one that is stuck in a write; only a signal does not wait. */
function endAtOnce(): void {
  process.removeAllListeners("SIGTERM");
  process.kill(process.pid, "SIGTERM");
}
