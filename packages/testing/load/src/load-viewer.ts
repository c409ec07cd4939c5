import type { RtmpUrl } from "@headgate/session";
import type { LoadError } from "./load-error.ts";
import { LoadSession } from "./load-session.ts";
import { monotonicMs, readMark } from "./mark.ts";
import { AUDIO, AUDIO_MARK_AT, VIDEO_MARK_AT } from "./synthetic-media.ts";
import type { Trust } from "./trust.ts";

/** Collects the results of all viewers of a process. */
export interface LoadViewerSink {
  onPlaying(): void;
  onBytes(length: number): void;
  onLatency(ms: number): void;
  onFirstFrame(ms: number): void;
  /** Not after `destroy`. */
  onEnded(error: LoadError): void;
}

export interface LoadViewerOptions {
  /** It reads at once, and measures the latency. */
  readonly isPrompt: boolean;
  /** From its first frame on it counts bytes and looks at none. */
  readonly isDrained: boolean;
  readonly trust?: Trust | undefined;
}

/** Servers keep some seconds of a stream; a viewer that gets nothing for longer was forgotten. */
const SILENT_MS = 5_000;

/** A player that checks that it misses nothing and looks at nothing else. */
export class LoadViewer {
  readonly openedMs: number = monotonicMs();
  readonly #session: LoadSession;
  readonly #sink: LoadViewerSink;
  readonly #options: LoadViewerOptions;
  /** By kind of message, the sequence number that comes next. */
  readonly #next = new Map<number, number>();
  #lastMs = 0;
  #longestGapMs = 0;
  #missed = 0;
  #gap: string | undefined;
  #ended: LoadError | undefined;

  constructor(url: RtmpUrl, sink: LoadViewerSink, options: LoadViewerOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#session = new LoadSession(
      url,
      { verb: "play", trust: options.trust },
      {
        onStarted: () => sink.onPlaying(),
        onBytes: (length) => sink.onBytes(length),
        onMedia: (type, head) => this.#check(type, head),
        onEnded: (error) => {
          this.#ended = error;
          sink.onEnded(error);
        },
      },
    );
  }

  /** Whether it has got anything of the stream. */
  get isFed(): boolean {
    return this.#next.size > 0;
  }

  /** Messages left out between those that came. */
  get missed(): number {
    return this.#missed;
  }

  /** Between two messages, and since the last one. */
  get longestGapMs(): number {
    if (!this.isFed || !this.#options.isPrompt) return 0;
    return Math.max(this.#longestGapMs, monotonicMs() - this.#lastMs);
  }

  /** From here on gaps count. */
  begin(): void {
    this.#longestGapMs = 0;
    this.#lastMs = monotonicMs();
  }

  /** Why it is not whole. */
  get problem(): string | undefined {
    if (this.#gap !== undefined) return this.#gap;
    if (this.#ended) return this.#ended.message;
    if (!this.isFed) return "nothing came";
    const silentMs = monotonicMs() - this.#lastMs;
    if (this.#options.isDrained || silentMs < SILENT_MS) return undefined;
    return "nothing came any more";
  }

  /** Reads what has arrived; from then on only when it is told to. */
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
    if (!this.isFed) this.#beginStream(nowMs);
    const next = this.#next.get(type) ?? mark.sequence;
    if (mark.sequence !== next) this.#gap ??= `message ${mark.sequence} came instead of ${next}`;
    this.#missed += Math.max(0, mark.sequence - next);
    this.#next.set(type, mark.sequence + 1);
    if (this.#lastMs > 0) this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    if (this.#options.isPrompt) this.#sink.onLatency(nowMs - mark.sentMs);
  }

  #beginStream(nowMs: number): void {
    this.#sink.onFirstFrame(nowMs - this.openedMs);
    if (!this.#options.isDrained) return;
    this.#session.drain();
    // Until all viewers have connected it reads no more: a fully loaded server accepts no new ones.
    this.#session.readOnce();
  }
}
