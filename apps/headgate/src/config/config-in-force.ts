import type { Config } from "./load-config.ts";

/**
 * The configuration in force, through which everything reads that another one is to reach. A configuration itself never changes:
 * what was read of it before stays as it was.
 */
export interface ConfigInForce {
  readonly config: Config;
}
