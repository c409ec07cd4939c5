import type { Stream } from "@headgate/bus";
import type { Session, SessionObserver, StreamObserver, StreamSource, StreamUse } from "@headgate/gateway";
import type { Handlers } from "./handlers.ts";
import type { PublishedStream } from "./public-types.ts";
import { sessionInfo } from "./session-info.ts";

/** Tells the handlers of a program which streams there are, whoever publishes them. */
export class PluginStreams implements StreamObserver {
  readonly #handlers: Handlers;
  readonly #published = new Map<Stream, PublishedStream>();

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  /** A publisher that is taken over has its stop, too. */
  published(stream: Stream, { session }: StreamSource): void {
    this.unpublished(stream);
    const published = { stream: stream.key.path, session: session && sessionInfo(session) };
    this.#published.set(stream, published);
    this.#handlers.tell("published", published);
  }

  unpublished(stream: Stream): void {
    const published = this.#published.get(stream);
    if (!published) return;
    this.#published.delete(stream);
    this.#handlers.tell("unpublished", published);
  }
}

/** Tells the handlers of a program what clients do. */
export class PluginSessions implements SessionObserver {
  readonly #handlers: Handlers;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  connected(session: Session): void {
    this.#handlers.tell("connected", sessionInfo(session));
  }

  played(session: Session, { key }: StreamUse): void {
    this.#handlers.tell("played", { stream: key.path, session: sessionInfo(session) });
  }

  stopped(session: Session, { key }: StreamUse): void {
    this.#handlers.tell("stopped", { stream: key.path, session: sessionInfo(session) });
  }

  closed(session: Session, reason: string): void {
    this.#handlers.tell("closed", { session: sessionInfo(session), reason });
  }
}
