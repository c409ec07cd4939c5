import type { Logger } from "pino";
import type { Config } from "./config/load-config.ts";
import { exceedsMemory } from "./config/memory-share.ts";

/** Descriptors that a process uses besides its connections: program, listeners, certificates, log. */
const OWN_DESCRIPTORS = 64;

/** What the system allows each process of the server. */
export interface SystemLimits {
  readonly openFiles: number;
  /** What the address space has left, and how much of it V8 may take for its heap. */
  readonly freeAddressBytes: number;
  readonly maxHeapBytes: number;
}

/** Warns at the start about limits that exceed what the system has. */
export function warnOfLimits(
  { gateway, memoryBytes, workers }: Config,
  { openFiles, freeAddressBytes, maxHeapBytes }: SystemLimits,
  log: Logger,
): void {
  const { maxConnections, maxLogBytes, maxInputBytes } = gateway.limits;
  if (exceedsMemory(memoryBytes, workers, gateway.limits)) {
    const limits = { memoryBytes, workers, maxConnections, maxLogBytes, maxInputBytes };
    log.warn(limits, "maxConnections, maxLogBytes and maxInputBytes leave the process too little memory");
  }
  if (freeAddressBytes < maxHeapBytes + maxLogBytes + maxInputBytes) {
    log.warn(
      { freeAddressBytes, maxHeapBytes, maxLogBytes, maxInputBytes },
      "V8 ends the process if it runs out of addresses: limit the memory of the container, not the address space (ulimit -v)",
    );
  }
  if (openFiles < maxConnections + OWN_DESCRIPTORS) {
    log.warn(
      { openFiles, maxConnections },
      "the limit of open files (ulimit -n) is too low for maxConnections",
    );
  }
}
