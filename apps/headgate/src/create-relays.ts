import { Applications } from "@headgate/bus";
import { createDial } from "@headgate/client";
import type { DriverContext } from "@headgate/driver";
import type { Gateway } from "@headgate/gateway";
import { Relays, type RelayTracer } from "@headgate/relay";
import type { Logger } from "pino";
import type { ConfigInForce } from "./config/config-in-force.ts";
import { VERSION } from "./version.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** What goes on between this server and others, and between its workers. */
export function createRelays(
  inForce: ConfigInForce,
  gateway: Gateway,
  driver: DriverContext,
  log: Logger,
  worker: WorkerLink | undefined,
  tracer: RelayTracer | undefined,
): Relays {
  const { outward, gateway: started } = inForce.config;
  const dial = createDial({
    caFile: outward.caFile === "" ? undefined : outward.caFile,
    insecure: outward.insecure,
    trustWords: { ca: "outward.caFile", insecure: "outward.insecure" },
    get timeoutMs() {
      return inForce.config.gateway.timeouts.connectMs;
    },
    environment: process.env,
    driver,
  });
  const context = {
    driver,
    dial: worker ? worker.dialWith(dial) : dial,
    log,
    flashVersion: `Headgate/${VERSION}`,
    chunkSize: started.chunkSize,
    get ackWindow() {
      return inForce.config.gateway.ackWindow;
    },
  };
  return new Relays(gateway, context, {
    applications: new Applications(started.applications),
    get maxPullsPerOrigin() {
      return inForce.config.gateway.limits.maxPullsPerOrigin;
    },
    originSource: worker,
    tracer,
  });
}
