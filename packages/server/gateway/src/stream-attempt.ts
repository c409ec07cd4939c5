import type { StreamKey } from "@headgate/bus";
import type { StreamName } from "@headgate/session";
import type { GatewayContext } from "./context.ts";
import type { PeerSession } from "./peer-session.ts";
import type { RequestingPeer, StreamAttempt } from "./policy.ts";
import type { Reservations } from "./reservations.ts";

/** A peer, with what the policies that have allowed its `connect` have granted. */
export interface AttemptingPeer extends RequestingPeer {
  readonly session: PeerSession;
}

/** What policies are asked of a peer that wants to publish or play a stream. */
export function streamAttempt(
  { streams: { bus } }: Pick<GatewayContext, "streams">,
  peer: AttemptingPeer,
  key: StreamKey,
  stream: StreamName,
  reservations: Reservations,
): StreamAttempt {
  const { virtualHost, application } = key;
  return {
    ...{ peer, grants: peer.session.grants, reservations, key, stream },
    options: bus.applications.optionsOf(key)!,
    keyOf: (name) => bus.keyOf({ virtualHost, application, name }),
  };
}
