import type { Feature } from "@headgate/feature";
import { relayRoutes } from "./relay-routes.ts";
import type { Relays } from "./relays.ts";

/** Pull, push and proxy, as the server has them. */
export function relayFeature(relays: Relays): Feature {
  return {
    name: "relay",
    policies: relays.policies,
    observer: relays,
    routes: {
      admin: relayRoutes(() => ({ relays: relays.status, proxiedSessions: relays.proxiedSessions })),
    },
    drain: () => relays.close(),
  };
}
