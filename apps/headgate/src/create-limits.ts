import { hasTokens } from "@headgate/access";
import type { DriverContext } from "@headgate/driver";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { type Bans, type LimitsConfig, limitsFeatures, type Slots } from "@headgate/limits";
import type { Config } from "./config/load-config.ts";

/** What is asked before credentials and hooks, and what when all of them have allowed a request. */
export interface LimitFeatures {
  readonly first: Feature<Config>;
  readonly last: Feature;
}

/** Where is counted, and who is banned: in this process, or in the one that all workers share. */
export interface SharedParts {
  readonly slots: Slots;
  readonly bans: Bans;
}

export function createLimits(
  config: Config,
  gateway: Gateway,
  { sweep, now }: DriverContext,
  shared: SharedParts,
): LimitFeatures {
  const { first, last } = limitsFeatures({ config: limitsIn(config), gateway, sweep, now, ...shared });
  return { first: { ...first, reconfigure: (next) => first.reconfigure?.(limitsIn(next)) }, last };
}

function limitsIn({ access, gateway: { applications } }: Config): LimitsConfig {
  const hasHooks = (name: string): boolean => (applications.get(name)?.hooks.length ?? 0) > 0;
  return {
    rules: access.limits,
    applications,
    mayGrant: (name) => access.hooks.length > 0 || hasTokens(access) || hasHooks(name),
  };
}
