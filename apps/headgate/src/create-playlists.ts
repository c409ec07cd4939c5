import type { DriverContext } from "@headgate/driver";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { Playlists, playlistsFeature } from "@headgate/playlists";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** The streams that the server itself publishes. Of several workers the first one does; the others fetch them from it. */
export function createPlaylists(
  config: Config,
  gateway: Gateway,
  { now }: DriverContext,
  log: Logger,
  worker: WorkerLink | undefined,
): Feature<Config> {
  const { applications } = config.gateway;
  const isPublisher = worker === undefined || worker.slot === 0;
  const feature = playlistsFeature(new Playlists({ gateway, applications, isPublisher, log, now }));
  return { ...feature, reconfigure: (next) => feature.reconfigure?.(next.gateway.applications) };
}
