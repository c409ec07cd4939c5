import type { RtmpUrl } from "@headgate/session";
import type { LoadError } from "./load-error.ts";
import { LoadSession } from "./load-session.ts";
import type { LoadViewerSink } from "./load-viewer.ts";
import { monotonicMs } from "./mark.ts";
import type { Trust } from "./trust.ts";

/** After so many messages it reads no more: a second of a stream, and it is no new viewer any more. */
const MESSAGES_READ = 80;

/** How often it sends something. A silent viewer would be noticed sooner, and be less of a burden to the server. */
const POKE_EVERY_MS = 1_000;

const RETURN_AFTER_MS = 500;

/** In a tunnel it does not see that it is thrown out. Longer than servers keep one that asks for nothing. */
const TUNNEL_RETURN_AFTER_MS = 30_000;

/** A viewer that stops reading after its first frames, keeps its connection alive, and reconnects when it is disconnected. */
export class StalledViewer {
  readonly openedMs: number = monotonicMs();
  readonly #url: RtmpUrl;
  readonly #sink: LoadViewerSink;
  readonly #trust: Trust | undefined;
  #session: LoadSession;
  #messages = 0;
  #timer: NodeJS.Timeout | undefined;
  /** How often it has come again. */
  returns = 0;
  /** Whether it has got anything of the stream, the first time. */
  isFed = false;

  constructor(url: RtmpUrl, sink: LoadViewerSink, trust?: Trust) {
    this.#url = url;
    this.#trust = trust;
    this.#sink = sink;
    this.#session = this.#open();
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.#session.destroy();
  }

  #open(): LoadSession {
    this.#messages = 0;
    return new LoadSession(
      this.#url,
      { verb: "play", trust: this.#trust },
      {
        onStarted: () => {
          if (!this.isFed) this.#sink.onPlaying();
        },
        onBytes: (length) => this.#sink.onBytes(length),
        onMedia: () => this.#count(),
        onEnded: (error) => this.#ended(error),
      },
    );
  }

  #count(): void {
    this.isFed = true;
    this.#messages += 1;
    if (this.#messages !== MESSAGES_READ) return;
    this.#session.pause();
    this.#timer = this.#url.isTunnel
      ? setTimeout(() => this.#return(), TUNNEL_RETURN_AFTER_MS)
      : setInterval(() => this.#session.poke(), POKE_EVERY_MS);
  }

  #ended(error: LoadError): void {
    clearInterval(this.#timer);
    if (!this.isFed) return this.#sink.onEnded(error);
    this.#timer = setTimeout(() => this.#return(), RETURN_AFTER_MS);
  }

  #return(): void {
    this.returns += 1;
    this.#session.destroy();
    this.#session = this.#open();
  }
}
