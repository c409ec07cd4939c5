import { performance as loop } from "node:perf_hooks";

/**
 * With a smaller part of its time left, the event loop says how busy the process is. Otherwise its CPU time does: the event loop also
 * counts the time in which others have the machine's cores, or a page is read from the disk.
 */
const LOOP_IS_FULL = 0.6;

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

/** `ofLoop` is the event loop's utilisation, `ofCore` the CPU time of all threads by the time that has passed. */
export function busyShare(ofLoop: number, ofCore: number): number {
  return ofLoop >= LOOP_IS_FULL ? ofLoop : Math.min(ofLoop, ofCore);
}
