import type { RtmpUrl } from "@headgate/session";
import { Histogram } from "./histogram.ts";
import { LoadError } from "./load-error.ts";
import { LoadViewer, type LoadViewerSink } from "./load-viewer.ts";
import { LongestPause } from "./longest-pause.ts";
import { monotonicMs } from "./mark.ts";
import { StalledViewer } from "./stalled-viewer.ts";
import { streamUrls } from "./stream-url.ts";
import type { LoadViewersOptions, LoadViewersReport } from "./viewers-messages.ts";

const READ_EVERY_MS = 100;
const SHARES = 10;

const OPENED_AT_ONCE = 20;
const OPEN_EVERY_MS = 20;

/** Viewers on their way to `play`: more would only wait for each other where a handshake takes long. */
const MAX_ON_THEIR_WAY = 100;

/** For a viewer's first frame; servers that wait for a keyframe may take as long as encoders do from one to the next. */
const FED_WITHIN_MS = 20_000;

const SHOWN_PROBLEMS = 5;

export interface LoadViewersHandler {
  /** All have got something of the stream. */
  onOpened(): void;
  onBytes(length: number): void;
  /** One could not begin, or none is left. */
  onFailed(error: LoadError): void;
}

/** All viewers of a run. */
export class LoadViewers {
  readonly #url: RtmpUrl;
  readonly #urls: readonly RtmpUrl[];
  readonly #options: LoadViewersOptions;
  readonly #handler: LoadViewersHandler;
  readonly #latency = new Histogram();
  readonly #firstFrame = new Histogram();
  readonly #pause = new LongestPause();
  readonly #viewers: LoadViewer[] = [];
  readonly #stalled: StalledViewer[] = [];
  #timer: NodeJS.Timeout;
  #isOpening = true;
  #playing = 0;
  #ended = 0;
  readonly #sink: LoadViewerSink;

  constructor(url: RtmpUrl, options: LoadViewersOptions, handler: LoadViewersHandler) {
    this.#url = url;
    this.#urls = streamUrls(url, options.streams);
    this.#options = options;
    this.#handler = handler;
    this.#sink = {
      onPlaying: () => {
        this.#playing += 1;
      },
      onBytes: (length) => handler.onBytes(length),
      onLatency: (ms) => this.#latency.add(ms),
      onFirstFrame: (ms) => this.#firstFrame.add(ms),
      onEnded: (error) => this.#onEnded(error),
    };
    this.#timer = setInterval(() => this.#open(), OPEN_EVERY_MS);
  }

  /** Begins the measurement. Delays while viewers still connected are not latency of the stream. */
  begin(): void {
    this.#latency.clear();
    this.#pause.begin();
    for (const viewer of this.#viewers) viewer.begin();
  }

  report(): LoadViewersReport {
    const problems = this.#viewers.flatMap(({ problem }) => problem ?? []);
    return {
      whole: this.#viewers.length - problems.length,
      problems: [...new Set(problems)].slice(0, SHOWN_PROBLEMS),
      missed: this.#viewers.reduce((sum, { missed }) => sum + missed, 0),
      longestGapMs: Math.max(0, ...this.#viewers.map(({ longestGapMs }) => longestGapMs)),
      longestPauseMs: this.#pause.longestMs,
      returns: this.#stalled.reduce((sum, { returns }) => sum + returns, 0),
      firstFrameMs: { p50: this.#firstFrame.percentile(50), p99: this.#firstFrame.percentile(99) },
      latencyMs: {
        p50: this.#latency.percentile(50),
        p95: this.#latency.percentile(95),
        p99: this.#latency.percentile(99),
        max: this.#latency.maxMs,
      },
    };
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.#pause.end();
    for (const member of [...this.#viewers, ...this.#stalled]) member.destroy();
  }

  #open(): void {
    const { viewers } = this.#options;
    for (
      let i = 0;
      i < OPENED_AT_ONCE && this.#count < viewers && this.#onTheirWay < MAX_ON_THEIR_WAY;
      i += 1
    )
      this.#add();
    const unfed = [...this.#viewers, ...this.#stalled].filter(({ isFed }) => !isFed);
    if (unfed.some(({ openedMs }) => monotonicMs() - openedMs > FED_WITHIN_MS)) {
      const message = `plays, but nothing that this benchmark publishes came within ${FED_WITHIN_MS / 1000} s`;
      this.#onEnded(new LoadError("interrupted", message));
    } else if (this.#count === viewers && unfed.length === 0) this.#opened();
  }

  get #count(): number {
    return this.#viewers.length + this.#stalled.length;
  }

  get #onTheirWay(): number {
    return this.#count - this.#playing;
  }

  #add(): void {
    const { viewers, stalled, prompt, isDrained, trust } = this.#options;
    const url = this.#urls[this.#count % this.#urls.length]!;
    if (this.#count >= viewers - stalled) {
      this.#stalled.push(new StalledViewer(url, this.#sink, trust));
    } else {
      const isPrompt = this.#count < prompt;
      this.#viewers.push(new LoadViewer(url, this.#sink, { isPrompt, isDrained, trust }));
    }
  }

  #opened(): void {
    clearInterval(this.#timer);
    this.#isOpening = false;
    this.#readSeldom(this.#viewers.slice(this.#options.prompt));
    this.#handler.onOpened();
  }

  /** A share at a time, so that the process has something to do all the time. */
  #readSeldom(some: readonly LoadViewer[]): void {
    let share = 0;
    this.#timer = setInterval(() => {
      for (let index = share; index < some.length; index += SHARES) some[index]!.readOnce();
      share = (share + 1) % SHARES;
    }, READ_EVERY_MS / SHARES);
  }

  /** A viewer that cannot begin ends the run: with fewer viewers it would not be the requested one. */
  #onEnded({ failure, message }: LoadError): void {
    this.#ended += 1;
    const { viewers } = this.#options;
    const fed = [...this.#viewers, ...this.#stalled].filter(({ isFed }) => isFed).length;
    if (this.#isOpening)
      this.#fail(failure, `a viewer of ${this.#url}: ${message} (${fed} of ${viewers} play)`);
    else if (this.#ended === this.#viewers.length)
      this.#fail("interrupted", `all viewers of ${this.#url} have ended, the last one so: ${message}`);
  }

  #fail(failure: LoadError["failure"], message: string): void {
    this.destroy();
    this.#handler.onFailed(new LoadError(failure, message));
  }
}
