import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import { findingsIn } from "./config-findings.ts";
import { warnOfLimits } from "./limit-warnings.ts";
import { freeAddressBytes, maxDescriptors, maxHeapBytes } from "./process-limits.ts";
import { StartError } from "./server.ts";

/** Throws a StartError if what the configuration needs is not there, and warns of what it cannot have. */
export function checkBeforeStart(config: Config, from: string | undefined, log: Logger): void {
  const { mistakes, warnings } = findingsIn(config);
  if (mistakes.length > 0) throw new StartError(mistakes);
  for (const warning of warnings) log.warn({ config: from }, warning);
  const system = {
    openFiles: maxDescriptors(),
    freeAddressBytes: freeAddressBytes(),
    maxHeapBytes: maxHeapBytes(),
  };
  warnOfLimits(config, system, log);
}
