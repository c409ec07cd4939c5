import type { DriverContext } from "@headgate/driver";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { apiRoutes } from "./api-routes.ts";
import type { Audiences } from "./audiences.ts";
import type { ApiOptions } from "./config.ts";
import type { ApiRoutesOptions } from "./every-route.ts";
import { sessionMetrics } from "./metrics/session-metrics.ts";
import { streamMetrics } from "./metrics/stream-metrics.ts";
import type { Quality } from "./quality/quality.ts";
import type { ServerQuality } from "./quality/server-quality.ts";

/** What the API's feature is made of. */
interface ApiParts extends Pick<ApiOptions, "streamMetrics"> {
  readonly gateway: Gateway;
  readonly audiences: Audiences;
}

/** The API of a server with one process. With workers, each of them counts its viewers, and the primary has the routes. */
export function apiFeature(
  { gateway, audiences, streamMetrics: maxStreams }: ApiParts,
  options: ApiRoutesOptions,
): Feature {
  return {
    name: "api",
    observer: audiences.streamObserver,
    sessionObserver: audiences.sessionObserver,
    metrics: [...sessionMetrics(gateway, audiences), ...streamMetrics(gateway, audiences, maxStreams)],
    routes: { admin: apiRoutes(options) },
  };
}

/** What is kept of the server, its streams and its sessions for operators. */
export function qualityFeature(
  quality: Quality,
  server: ServerQuality,
  sweep: DriverContext["sweep"],
): Feature {
  return {
    name: "quality",
    observer: quality.streamObserver,
    sessionObserver: quality.sessionObserver,
    metrics: [
      {
        name: "headgate_quality_histories",
        help: "Of how many streams and sessions the last ten minutes are kept.",
        kind: "gauge",
        labels: ["kind"],
        read: () => new Map(Object.entries(quality.counts)),
      },
    ],
    start: () => sweep.add(server),
    close: () => {
      sweep.delete(server);
      quality.close();
    },
  };
}
