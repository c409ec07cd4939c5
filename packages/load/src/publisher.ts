import { BenchSession } from "./bench-session.ts";
import type { BenchUrl } from "./bench-url.ts";
import { CONFIGURATIONS, type MediaOptions, SyntheticMedia } from "./synthetic-media.ts";

/** How exactly the stream keeps its time. Milliseconds. */
const TICK_MS = 2;

/** Publishes synthetic media in its own time. */
export class Publisher {
  readonly #session: BenchSession;
  #timer: NodeJS.Timeout | undefined;

  /** Resolves when the server has accepted it; rejects with its reason if it does not. */
  static start(url: BenchUrl, media: MediaOptions): Promise<Publisher> {
    return new Promise((resolve, reject) => {
      const publisher: Publisher = new Publisher(url, media, () => resolve(publisher), reject);
    });
  }

  constructor(url: BenchUrl, options: MediaOptions, onStarted: () => void, onFailed: (error: Error) => void) {
    this.#session = new BenchSession(
      url,
      { verb: "publish" },
      {
        onStarted: () => {
          this.#send(options);
          onStarted();
        },
        onBytes: () => {},
        onMedia: () => {},
        onClosed: (reason) => {
          this.end();
          onFailed(new Error(`cannot publish to ${url.tcUrl}: ${reason}`));
        },
      },
    );
  }

  end(): void {
    clearInterval(this.#timer);
    this.#session.destroy();
  }

  #send(options: MediaOptions): void {
    for (const { type, timestamp, payload } of CONFIGURATIONS) this.#session.media(type, timestamp, payload);
    const media = new SyntheticMedia(options);
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      for (const { type, timestamp, payload } of media.due(performance.now() - startMs)) {
        this.#session.media(type, timestamp, payload);
      }
    }, TICK_MS);
  }
}
