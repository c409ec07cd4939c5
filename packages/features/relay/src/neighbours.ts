import type { StreamKey } from "@headgate/bus";
import type { RtmpUrl } from "@headgate/session";

/** The other processes of this server. */
export interface Neighbours {
  /** Where to fetch a stream that one of them publishes. */
  find(key: StreamKey): RtmpUrl | undefined;
  /** Whether one of them publishes a stream that did not come from another server. */
  hasPublisher(key: StreamKey): boolean;
  /** Makes sure that the publisher of such a stream is there, or ends it. Whether the stream may be published then. */
  isFree(key: StreamKey): Promise<boolean>;
  /** Tells them that this process publishes a stream. A pulled one gives way to others. */
  announce(key: StreamKey, isPulled: boolean): void;
  withdraw(key: StreamKey): void;
}
