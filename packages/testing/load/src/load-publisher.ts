import { type ClientContext, ClientStream } from "@headgate/client";
import type { RtmpUrl } from "@headgate/session";
import { LoadError, type LoadFailure } from "./load-error.ts";
import { configurationsOf, type MediaOptions, SyntheticMedia } from "./synthetic-media.ts";

/** Publishes one stream of synthetic media. */
export class LoadPublisher {
  readonly #stream: ClientStream;
  readonly #media: SyntheticMedia;
  /** When the stream begins; undefined until the server has accepted it. */
  #beginMs: number | undefined;

  /** Resolves when the server has accepted it, and rejects if it does not; `onLost` is for what happens later. */
  static start(
    context: ClientContext,
    url: RtmpUrl,
    media: MediaOptions,
    onLost: (error: LoadError) => void,
  ): Promise<LoadPublisher> {
    return new Promise((resolve, reject) => {
      let fail: (error: LoadError) => void = reject;
      const onStarted = (): void => {
        fail = onLost;
        resolve(publisher);
      };
      const publisher: LoadPublisher = new LoadPublisher(context, url, media, onStarted, (error) =>
        fail(error),
      );
    });
  }

  private constructor(
    context: ClientContext,
    url: RtmpUrl,
    media: MediaOptions,
    onStarted: () => void,
    onFailed: (error: LoadError) => void,
  ) {
    let failure: LoadFailure = "unreachable";
    this.#media = new SyntheticMedia(media);
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
          this.#stream.publish(...configurationsOf(media));
          onStarted();
        },
        onWritable: () => {},
        onOver: (problem) => {
          this.#beginMs = undefined;
          if (problem) onFailed(new LoadError(failure, `publishing to ${url}: ${problem.message}`));
        },
      },
    );
    this.#stream.start();
  }

  /** Begins the stream now or later. */
  begin(beginMs: number): void {
    this.#beginMs = beginMs;
  }

  sendDue(nowMs: number): void {
    if (this.#beginMs === undefined) return;
    for (const message of this.#media.due(nowMs - this.#beginMs)) this.#stream.publish(message);
  }

  end(): void {
    this.#stream.end();
  }
}
