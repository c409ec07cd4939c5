import type { DriverContext } from "@headgate/driver";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { type HookTracer, hooksFeature } from "@headgate/hooks";
import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";

/** The programs that are asked and told, as the configuration in force has them. */
export function createHooks(
  config: Config,
  gateway: Gateway,
  { now }: DriverContext,
  log: Logger,
  tracer: HookTracer | undefined,
): Feature<Config> {
  const feature = hooksFeature({ config: hooksIn(config), trust: config.outward, gateway, log, now, tracer });
  return { ...feature, reconfigure: (next) => feature.reconfigure?.(hooksIn(next)) };
}

function hooksIn({
  access,
  gateway: { applications },
}: Config): Parameters<typeof hooksFeature>[0]["config"] {
  return { hooks: access.hooks, applications };
}
