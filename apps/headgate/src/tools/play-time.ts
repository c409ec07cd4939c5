/** When nothing has come for so long, the tool says that it waits. Milliseconds. */
const QUIET_MS = 1_000;

/** On top of the time to play: what has been sent is still on its way. Milliseconds. */
const GRACE_MS = 1_000;

/** The longest time of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Ends `headgate play` after its time, whether anything comes or not, and says when nothing does. */
export class PlayTime {
  readonly #limitMs: number;
  readonly #onOver: () => void;
  #limit: NodeJS.Timeout | undefined;
  #notice: NodeJS.Timeout | undefined;
  #hasMedia = false;

  constructor(seconds: number | undefined, onOver: () => void) {
    this.#limitMs = (seconds ?? Number.POSITIVE_INFINITY) * 1000;
    this.#onOver = onOver;
  }

  /** Whether any media has come. */
  get hasMedia(): boolean {
    return this.#hasMedia;
  }

  /** The tool begins to connect. */
  begin(): void {
    this.#limitTo(this.#limitMs);
  }

  /** The server accepts the request. */
  accepted(): void {
    if (!this.#hasMedia) this.#notice ??= setTimeout(sayThatItWaits, QUIET_MS);
  }

  /** Media of the stream has come; `durationMs` is all that has come until now. */
  media(durationMs: number): void {
    if (!this.#hasMedia) {
      this.#hasMedia = true;
      clearTimeout(this.#notice);
      this.#limitTo(this.#limitMs + GRACE_MS);
    }
    if (durationMs >= this.#limitMs) this.#onOver();
  }

  end(): void {
    clearTimeout(this.#limit);
    clearTimeout(this.#notice);
  }

  #limitTo(ms: number): void {
    clearTimeout(this.#limit);
    if (ms <= MAX_TIMER_MS) this.#limit = setTimeout(this.#onOver, ms);
  }
}

function sayThatItWaits(): void {
  const newLine = process.stderr.isTTY ? "\r\x1b[K" : "";
  process.stderr.write(
    `${newLine}headgate: waiting: the server sends nothing yet; is this stream being published?\n`,
  );
}
