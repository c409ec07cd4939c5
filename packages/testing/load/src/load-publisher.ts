import type { RtmpUrl } from "@headgate/session";
import { BenchSession } from "./bench-session.ts";
import { LoadError } from "./load-error.ts";
import { CONFIGURATIONS, type MediaOptions, SyntheticMedia } from "./synthetic-media.ts";
import type { Trust } from "./trust.ts";

/** How exactly the stream keeps its time. Milliseconds. */
const TICK_MS = 2;

/** Publishes synthetic media in its own time. */
export class LoadPublisher {
  readonly #session: BenchSession;
  #timer: NodeJS.Timeout | undefined;

  /** Resolves when the server has accepted it, and rejects if it does not; `onLost` is for what happens later. */
  static start(
    url: RtmpUrl,
    media: MediaOptions,
    trust: Trust | undefined,
    onLost: (error: LoadError) => void,
  ): Promise<LoadPublisher> {
    return new Promise((resolve, reject) => {
      let fail: (error: LoadError) => void = reject;
      const onStarted = (): void => {
        fail = onLost;
        resolve(publisher);
      };
      const publisher: LoadPublisher = new LoadPublisher(url, { media, trust }, onStarted, (error) =>
        fail(error),
      );
    });
  }

  private constructor(
    url: RtmpUrl,
    { media, trust }: { readonly media: MediaOptions; readonly trust: Trust | undefined },
    onStarted: () => void,
    onFailed: (error: LoadError) => void,
  ) {
    this.#session = new BenchSession(
      url,
      { verb: "publish", trust },
      {
        onStarted: () => {
          this.#send(media);
          onStarted();
        },
        onBytes: () => {},
        onMedia: () => {},
        onEnded: ({ failure, message }) => {
          this.end();
          onFailed(new LoadError(failure, `publishing to ${url}: ${message}`));
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
