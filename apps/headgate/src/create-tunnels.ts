import { randomBytes } from "node:crypto";
import type { DriverContext } from "@headgate/driver";
import type { Gateway } from "@headgate/gateway";
import { TunnelServer } from "@headgate/http";
import type { ConfigInForce } from "./config/config-in-force.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** The tunnels of this process. Requests of sessions that another worker has are passed to it. */
export function createTunnels(
  inForce: ConfigInForce,
  gateway: Gateway,
  { inputMemory }: DriverContext,
  worker: WorkerLink | undefined,
): TunnelServer {
  return new TunnelServer({
    node: inForce.config.tunnel.node,
    get maxReplyBytes() {
      return inForce.config.tunnel.maxReplyBytes;
    },
    memory: inputMemory,
    faults: gateway.faults,
    idKey: randomBytes(32),
    ...(worker && {
      node: worker.sessionPrefix,
      idKey: worker.idKey,
      onForeign: (request) => worker.pass(request),
    }),
    onLink: (link) => gateway.accept(link),
  });
}
