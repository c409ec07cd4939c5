import { ClientStream, createStandaloneContext } from "@headgate/client";
import type { RtmpUrl } from "@headgate/session";
import { LoadError, type LoadFailure } from "./load-error.ts";
import { CONFIGURATIONS, type MediaOptions, SyntheticMedia } from "./synthetic-media.ts";

/** Which certificates of the server are accepted; without it, any. */
type Trust = { readonly caFile: string | undefined; readonly insecure: boolean };

/** How exactly the stream keeps its time. Milliseconds. */
const TICK_MS = 2;

/** Publishes synthetic media in its own time. */
export class LoadPublisher {
  readonly #stream: ClientStream;
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
    let failure: LoadFailure = "unreachable";
    const { caFile, insecure } = trust ?? { caFile: undefined, insecure: true };
    const context = createStandaloneContext({
      flashVersion: "LNX 9,0,124,2",
      caFile,
      insecure,
      trustWords: { ca: "--ca FILE", insecure: "--insecure" },
    });
    this.#stream = new ClientStream(
      context,
      { url, purpose: "publish" },
      {
        onLink: () => {
          failure = "refused";
        },
        onEvent: ({ kind }) => {
          if (kind !== "started") return;
          failure = "interrupted";
          this.#send(media);
          onStarted();
        },
        onWritable: () => {},
        onOver: (problem) => {
          clearInterval(this.#timer);
          if (problem) onFailed(new LoadError(failure, `publishing to ${url}: ${problem.message}`));
        },
      },
    );
    this.#stream.start();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#stream.end();
  }

  #send(options: MediaOptions): void {
    for (const message of CONFIGURATIONS) this.#stream.publish(message);
    const media = new SyntheticMedia(options);
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      for (const message of media.due(performance.now() - startMs)) this.#stream.publish(message);
    }, TICK_MS);
  }
}
