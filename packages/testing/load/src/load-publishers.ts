import { createStandaloneContext } from "@headgate/client";
import type { RtmpUrl } from "@headgate/session";
import type { LoadError } from "./load-error.ts";
import { LoadPublisher } from "./load-publisher.ts";
import type { MediaOptions } from "./synthetic-media.ts";

/** How exactly the streams keep their time. Milliseconds. */
const TICK_MS = 2;

/** More would only wait for each other. */
const STARTED_AT_ONCE = 50;

export interface PublishersOptions {
  /** Where each of them publishes. */
  readonly urls: readonly RtmpUrl[];
  readonly media: MediaOptions;
  /** Which certificates of the server are accepted; without it, any. */
  readonly trust: { readonly caFile: string | undefined; readonly insecure: boolean } | undefined;
}

/** All publishers of a run. They begin one after the other, as encoders do that know nothing of each other. */
export class LoadPublishers {
  readonly #publishers: LoadPublisher[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Resolves when the server has accepted all, and rejects if it does not; `onLost` is for what happens later. */
  static async start(
    { urls, media, trust }: PublishersOptions,
    onLost: (error: LoadError) => void,
  ): Promise<LoadPublishers> {
    const { caFile, insecure } = trust ?? { caFile: undefined, insecure: true };
    const context = createStandaloneContext({
      flashVersion: "LNX 9,0,124,2",
      caFile,
      insecure,
      trustWords: { ca: "--ca FILE", insecure: "--insecure" },
    });
    const publishers = new LoadPublishers();
    for (let at = 0; at < urls.length; at += STARTED_AT_ONCE) {
      const some = urls.slice(at, at + STARTED_AT_ONCE);
      publishers.#publishers.push(
        ...(await Promise.all(some.map((url) => LoadPublisher.start(context, url, media, onLost)))),
      );
    }
    publishers.#begin(media);
    return publishers;
  }

  end(): void {
    clearInterval(this.#timer);
    for (const publisher of this.#publishers) publisher.end();
  }

  /** Their keyframes are spread over the time from one to the next. */
  #begin({ keyframeSeconds }: MediaOptions): void {
    const startMs = performance.now();
    const apartMs = (1000 * keyframeSeconds) / this.#publishers.length;
    for (const [index, publisher] of this.#publishers.entries()) publisher.begin(startMs + index * apartMs);
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      for (const publisher of this.#publishers) publisher.sendDue(nowMs);
    }, TICK_MS);
  }
}
