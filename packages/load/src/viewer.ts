import { BenchSession } from "./bench-session.ts";
import type { BenchUrl } from "./bench-url.ts";
import { monotonicMs, readMark } from "./mark.ts";
import { AUDIO, AUDIO_MARK_AT, VIDEO_MARK_AT } from "./synthetic-media.ts";

/** What all viewers of a process report to. */
export interface ViewerSink {
  onStarted(): void;
  onBytes(length: number): void;
  onLatency(ms: number): void;
  onFirstFrame(ms: number): void;
}

/** A player that checks that it misses nothing and looks at nothing else. */
export class Viewer {
  readonly #session: BenchSession;
  readonly #sink: ViewerSink;
  readonly #isPrompt: boolean;
  readonly #openedMs = monotonicMs();
  /** By kind of message, the sequence number that comes next. */
  readonly #next = new Map<number, number>();
  /** Why it is not whole. */
  problem: string | undefined;

  /** `isPrompt`: it reads what comes as it comes, and tells how late that is. */
  constructor(url: BenchUrl, sink: ViewerSink, isPrompt: boolean) {
    this.#sink = sink;
    this.#isPrompt = isPrompt;
    this.#session = new BenchSession(
      url,
      { verb: "play" },
      {
        onStarted: () => sink.onStarted(),
        onBytes: (length) => sink.onBytes(length),
        onMedia: (type, head) => this.#check(type, head),
        onClosed: (reason) => {
          this.problem ??= reason;
        },
      },
    );
  }

  /** Whether it has got anything, and all of it. */
  get isWhole(): boolean {
    return this.problem === undefined && this.#next.size > 0;
  }

  /** Reads what has come; from then on only when it is told to. */
  readOnce(): void {
    this.#session.readOnce();
  }

  destroy(): void {
    this.#session.destroy();
  }

  #check(type: number, head: Uint8Array): void {
    const mark = readMark(head, type === AUDIO ? AUDIO_MARK_AT : VIDEO_MARK_AT);
    if (!mark) return;
    const nowMs = monotonicMs();
    if (this.#next.size === 0) this.#sink.onFirstFrame(nowMs - this.#openedMs);
    const next = this.#next.get(type) ?? mark.sequence;
    if (mark.sequence !== next) this.problem ??= `message ${mark.sequence} came instead of ${next}`;
    this.#next.set(type, mark.sequence + 1);
    if (this.#isPrompt) this.#sink.onLatency(nowMs - mark.sentMs);
  }
}
