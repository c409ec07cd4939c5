import { Applications } from "@headgate/bus";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { HttpFlv, httpFlvFeature } from "@headgate/http-flv";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";

/** Live streams as FLV over HTTP and WebSockets. */
export function createHttpFlv(config: Config, gateway: Gateway, log: Logger): Feature<Config> {
  const { applications } = config.gateway;
  const feature = httpFlvFeature(
    new HttpFlv({
      gateway,
      applications: new Applications(applications),
      hasWebServer: config.http.webServer !== undefined,
      faults: gateway.faults,
      log,
    }),
  );
  return { ...feature, reconfigure: (next) => feature.reconfigure?.(next.gateway) };
}
