import { Networks } from "@headgate/access";
import type { Config } from "./config/load-config.ts";

/** Everybody may publish where the configuration does not say who may. */
export function openToAll(config: Config): Config {
  const applications = [...config.gateway.applications].map(([name, options]) => {
    const { publish } = options;
    const allow = publish.allow === "auto" ? Networks.ALL : publish.allow;
    return [name, { ...options, publish: { ...publish, allow } }] as const;
  });
  return { ...config, gateway: { ...config.gateway, applications: new Map(applications) } };
}
