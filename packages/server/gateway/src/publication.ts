import type { Publisher, Stream } from "@headgate/bus";
import { type Message, MessageType } from "@headgate/message";
import type { StreamSource } from "./stream-observer.ts";

/** What a publication acts on. */
export interface PublicationOwner {
  /** Milliseconds of a clock that never runs backward. */
  now(): number;
  /** `sound`: a picture will come soon, and may be waited for. */
  changed(stream: Stream, what?: "sound"): void;
  unpublish(publication: Publication, publisher: Publisher, how: "resume" | "final"): void;
}

/**
 * A stream that is being published by a peer, a pull or a file. Once it has ended or was taken over, its methods do nothing.
 */
export class Publication {
  readonly source: StreamSource;
  /** Called once, when another publication has taken over the stream. */
  onTakenOver: () => void = () => {};
  /** Makes sure that a publisher which can vanish unnoticed is there, or ends it. Undefined if it certainly is there. */
  confirm: () => Promise<void> | undefined = () => undefined;
  readonly #owner: PublicationOwner;
  readonly #publisher: Publisher;

  constructor(owner: PublicationOwner, publisher: Publisher, source: StreamSource) {
    this.#owner = owner;
    this.#publisher = publisher;
    this.source = source;
  }

  get stream(): Stream {
    return this.#publisher.stream;
  }

  /** Whether the stream is still this publication's. */
  get active(): boolean {
    return this.#publisher.active;
  }

  /** Audio or video. Timestamps are milliseconds and run on. */
  media(message: Message): void {
    const nowMs = this.#owner.now();
    this.#publisher.media(message, nowMs);
    const isSound = message.type === MessageType.audio && this.stream.hasVideo(nowMs);
    this.#owner.changed(this.stream, isSound ? "sound" : undefined);
  }

  /** A data message in AMF0; `retain` names its handler if viewers that join later must get it too. */
  data(message: Message, retain: string | undefined): void {
    this.#publisher.data(message, retain, this.#owner.now());
    this.#owner.changed(this.stream);
  }

  clearData(handler: string): void {
    this.#publisher.clearData(handler);
  }

  /** What comes next is other content of the same stream, with metadata and decoder configurations of its own. */
  renew(): void {
    this.#publisher.renew();
  }

  /** `resume`: viewers wait for the application's resume window. `final`: they are told at once that the stream has ended. */
  end(how: "resume" | "final" = "resume"): void {
    if (this.active) this.#owner.unpublish(this, this.#publisher, how);
  }
}
