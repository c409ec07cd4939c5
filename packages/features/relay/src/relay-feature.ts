import type { Feature } from "@headgate/feature";
import type { RelayOptions } from "./config.ts";
import { relayMetrics } from "./relay-metrics.ts";
import { relayRoutes } from "./relay-routes.ts";
import type { Relays } from "./relays.ts";

/** Pull, push and proxy, as the server has them. */
export function relayFeature(relays: Relays): Feature<ReadonlyMap<string, RelayOptions>> {
  return {
    name: "relay",
    policies: relays.policies,
    observer: relays,
    source: relays.source,
    metrics: relayMetrics(relays),
    routes: {
      admin: relayRoutes(() => ({ relays: relays.status, proxiedSessions: relays.proxiedSessions })),
    },
    reconfigure: (applications) => relays.reconfigure(applications),
    ending: () => relays.close(),
  };
}
