import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import { exceedsMemory } from "./config/memory-share.ts";

/** What a process has open besides its connections: its program, listeners, certificates, its log. */
const OWN_DESCRIPTORS = 64;

/** Says at the start which limits promise more than the system has. */
export function warnOfLimits(
  { gateway, memoryBytes, workers }: Config,
  openFiles: number,
  log: Logger,
): void {
  const { maxConnections, maxLogBytes, maxInputBytes } = gateway.limits;
  if (exceedsMemory(memoryBytes, workers, gateway.limits)) {
    const limits = { memoryBytes, workers, maxLogBytes, maxInputBytes };
    log.warn(limits, "maxLogBytes and maxInputBytes leave the process too little memory");
  }
  if (openFiles < maxConnections + OWN_DESCRIPTORS) {
    log.warn(
      { openFiles, maxConnections },
      "the limit of open files (ulimit -n) is too low for maxConnections",
    );
  }
}
