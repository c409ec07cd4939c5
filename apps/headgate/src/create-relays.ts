import { Applications } from "@headgate/bus";
import { createDial } from "@headgate/client";
import type { DriverContext } from "@headgate/driver";
import type { Gateway } from "@headgate/gateway";
import { Relays } from "@headgate/relay";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import { VERSION } from "./version.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** What goes on between this server and others, and between its workers. */
export function createRelays(
  config: Config,
  gateway: Gateway,
  driver: DriverContext,
  log: Logger,
  worker: WorkerLink | undefined,
): Relays {
  const { outward } = config;
  const { applications, limits, timeouts, chunkSize, ackWindow } = config.gateway;
  const dial = createDial({
    caFile: outward.caFile === "" ? undefined : outward.caFile,
    insecure: outward.insecure,
    trustWords: { ca: "outward.caFile", insecure: "outward.insecure" },
    timeoutMs: timeouts.connectMs,
    environment: process.env,
  });
  const context = {
    driver,
    dial: worker ? worker.dialWith(dial) : dial,
    log,
    flashVersion: `Headgate/${VERSION}`,
    chunkSize,
    ackWindow,
  };
  return new Relays(gateway, context, {
    applications: new Applications(applications),
    maxPullsPerOrigin: limits.maxPullsPerOrigin,
    originSource: worker,
  });
}
