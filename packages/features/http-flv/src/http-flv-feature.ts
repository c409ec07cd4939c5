import type { Feature } from "@headgate/feature";
import type { ApplicationHttpFlv } from "./config.ts";
import type { HttpFlv } from "./http-flv.ts";

/** What of a configuration is about HTTP-FLV. */
export interface HttpFlvConfig {
  readonly applications: ReadonlyMap<string, ApplicationHttpFlv>;
}

/** Live streams as FLV over HTTP and WebSockets. Its sessions are counted with all others, by their transports. */
export function httpFlvFeature(httpFlv: HttpFlv): Feature<HttpFlvConfig> {
  return {
    name: "http-flv",
    routes: { streams: [httpFlv] },
    reconfigure: ({ applications }) => httpFlv.reconfigure(applications),
  };
}
