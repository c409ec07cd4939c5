import type { StreamKey } from "@headgate/bus";
import type { RtmpUrl } from "@headgate/session";

/** A server from which a stream can be fetched. */
export interface Origin {
  readonly url: RtmpUrl;
  /** Whether it is another process of this server, which waits for publishers and pushes by itself. */
  readonly isInternal: boolean;
}

/** The other processes of this server. */
export interface OriginSource {
  /** Where to fetch a stream that one of them publishes. */
  find(key: StreamKey): Origin | undefined;
  /** Whether one of them publishes a stream that did not come from another server. */
  hasPublisher(key: StreamKey): boolean;
  /** Makes sure that the publisher of such a stream is there, or ends it. Whether the stream may be published then. */
  isFree(key: StreamKey): Promise<boolean>;
  /** Tells them that this process publishes a stream. A pulled one gives way to others. */
  announce(key: StreamKey, isPulled: boolean): void;
  withdraw(key: StreamKey): void;
}
