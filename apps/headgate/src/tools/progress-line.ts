const INTERVAL_MS = 500;

/** One line on a terminal that shows the progress; nothing without a terminal. */
export class ProgressLine {
  readonly #describe: () => string;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(describe: () => string) {
    this.#describe = describe;
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#show(), INTERVAL_MS);
  }

  /** Leaves the line as it is. */
  end(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#show();
    process.stderr.write("\n");
  }

  #show(): void {
    process.stderr.write(`\r\x1b[K${this.#describe()}`);
  }
}

/** `0:12.3  1.2 MB  812 kb/s` */
export function progress(mediaMs: number, bytes: number, elapsedMs: number): string {
  const minutes = Math.floor(mediaMs / 60_000);
  const seconds = ((mediaMs % 60_000) / 1000).toFixed(1).padStart(4, "0");
  const rate = elapsedMs > 0 ? (8 * bytes) / elapsedMs : 0;
  return `${minutes}:${seconds}  ${(bytes / 1e6).toFixed(1)} MB  ${rate.toFixed(0)} kb/s`;
}
