import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, machineSeconds } from "./process-costs.ts";

/** Of one processor, beyond which one process of the load has no time left. */
const LOAD_LIMIT_PERCENT = 90;

/** The costs of some time. */
export interface Costs {
  readonly elapsedSeconds: number;
  /** Of processor time; 0 if its process is not known. */
  readonly serverSeconds: number;
  /** Of one processor, of this process and the load's together. */
  readonly loadCpuPercent: number;
  /** Of all processors of this machine, for all processes. */
  readonly machineBusyPercent: number;
  /** Whether the load had no processor time left: then the figures say more about the load than about the server. */
  readonly isLoadBound: boolean;
}

/** Waits, and measures what that time has cost the load, and the server if its process is known. */
export async function measureCosts(
  seconds: number,
  pids: { readonly server: number | undefined; readonly load: number },
  interruption: { readonly signal?: AbortSignal } = {},
): Promise<Costs> {
  const costs = () => ({
    server: pids.server === undefined ? 0 : cpuSeconds(pids.server),
    load: cpuSeconds(pids.load),
    machine: machineSeconds(),
  });
  const before = costs();
  const own = process.cpuUsage();
  const startMs = performance.now();
  await sleep(seconds * 1000, undefined, interruption);
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const after = costs();
  const { user, system } = process.cpuUsage(own);
  const ownPercent = (user + system) / 1e4 / elapsedSeconds;
  const loadPercent = (100 * (after.load - before.load)) / elapsedSeconds;
  return {
    elapsedSeconds,
    serverSeconds: after.server - before.server,
    loadCpuPercent: loadPercent + ownPercent,
    machineBusyPercent:
      (100 * (after.machine.busy - before.machine.busy)) / (after.machine.all - before.machine.all),
    isLoadBound: Math.max(loadPercent, ownPercent) > LOAD_LIMIT_PERCENT,
  };
}
