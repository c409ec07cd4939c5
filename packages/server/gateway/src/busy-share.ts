import { performance as loop } from "node:perf_hooks";
import { LOAD_BEGINS } from "./merge-window.ts";

export interface BusyShare {
  /** From 0 to 1; 1 is a core. */
  readonly share: number;
  readonly elapsedMs: number;
}

/** How busy the process is. */
export class BusyMeter {
  #loop = loop.eventLoopUtilization();
  #cpu = process.cpuUsage();

  /** Since the last call; undefined if no time has passed. */
  take(): BusyShare | undefined {
    const utilization = loop.eventLoopUtilization();
    const { idle, active } = loop.eventLoopUtilization(utilization, this.#loop);
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = idle + active;
    if (elapsedMs <= 0) return undefined;
    this.#loop = utilization;
    this.#cpu = { user: this.#cpu.user + user, system: this.#cpu.system + system };
    return { share: busyShare(active / elapsedMs, (user + system) / 1000 / elapsedMs), elapsedMs };
  }
}

/**
 * `ofLoop` is the event loop's utilisation, `ofCore` the CPU time of all threads by the time that has passed. CPU time says how busy the
 * process is, as the event loop also counts the time in which others have the machine's cores, or a page is read from the disk. But
 * where the event loop has so little time left that load begins, it counts, whatever has taken the time.
 */
export function busyShare(ofLoop: number, ofCore: number): number {
  return ofLoop >= LOAD_BEGINS ? ofLoop : Math.min(ofLoop, ofCore);
}
