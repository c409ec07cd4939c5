import type { StreamKey } from "@headgate/bus";
import type { RtmpUrl } from "@headgate/session";

/** The other processes of this server. */
export interface OriginSource {
  /** Where to fetch a stream that one of them publishes. */
  find(key: StreamKey): RtmpUrl | undefined;
  /** Whether one of them publishes a stream that did not come from another server. */
  hasPublisher(key: StreamKey): boolean;
  /** Tells them that this process publishes a stream. A pulled one gives way to others. */
  announce(key: StreamKey, isPulled: boolean): void;
  withdraw(key: StreamKey): void;
}
