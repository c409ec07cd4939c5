import type { Publication as GatewayPublication } from "@headgate/gateway";
import { isMetadata, MessageType } from "@headgate/message";
import type { Publication } from "./gateway.ts";
import type { PublishedMessage } from "./public-types.ts";

const TYPES = { audio: MessageType.audio, video: MessageType.video, data: MessageType.dataAmf0 } as const;

/** A stream that a program publishes. */
export class LocalPublication implements Publication {
  readonly #publication: GatewayPublication;

  constructor(publication: GatewayPublication) {
    this.#publication = publication;
  }

  get isActive(): boolean {
    return this.#publication.active;
  }

  send({ kind, timestampMs, bytes }: PublishedMessage): void {
    if (TYPES[kind] === undefined || !(bytes instanceof Uint8Array) || !Number.isInteger(timestampMs))
      throw new TypeError("a message has a kind (audio, video, data), a whole timestampMs, and bytes");
    const message = { type: TYPES[kind], timestamp: timestampMs >>> 0, messageStreamId: 0, payload: bytes };
    if (kind === "data") this.#publication.data(message, isMetadata(bytes) ? "onMetaData" : undefined);
    else this.#publication.media(message);
  }

  end(): void {
    this.#publication.end();
  }
}
