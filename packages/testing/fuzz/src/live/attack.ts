import { setTimeout as sleep } from "node:timers/promises";
import { isWhole, LoadError, type MediaOptions, type RunReport, run } from "@headgate/load";
import { Battlefield } from "./battlefield.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { HostileCrowd } from "./hostile-crowd.ts";
import { HONEST_STREAM } from "./hostile-kinds.ts";
import type { FromHostile } from "./hostile-messages.ts";
import { type LoopHolds, LoopWatch } from "./loop-watch.ts";

export interface AttackOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly workers: number;
  /** Honest viewers. */
  readonly viewers: number;
  /** Hostile clients at a time. */
  readonly hostile: number;
  /** What the honest publisher sends. */
  readonly media?: MediaOptions;
}

/** The result of one attack on a gateway process. */
export interface AttackReport {
  readonly visits: FromHostile;
  readonly honest: RunReport | undefined;
  readonly holds: LoopHolds;
  readonly descriptors: { readonly before: number; readonly after: number };
  /** Errors of the gateway's own, which no peer may cause. */
  readonly faults: number;
  /** Everything that is wrong; empty if the gateway withstood the attack. */
  readonly problems: readonly string[];
}

const MEDIA: MediaOptions = { bitrate: 500_000, framesPerSecond: 25, keyframeSeconds: 1 };

/** Longer than idle HTTP connections are kept, and than any other timeout of the gateway. Milliseconds. */
const LEAVE_WITHIN_MS = 100_000;
const LOOK_EVERY_MS = 500;

/** Connections that a gateway keeps for itself: to the web server, and between workers. */
const KEPT_DESCRIPTORS = 20;

/** Lets hostile clients of every kind attack a gateway while honest ones publish and watch, and checks what is left. */
export async function attack(options: AttackOptions): Promise<AttackReport> {
  const battlefield = await Battlefield.start(options.workers);
  const { gateway, gateways } = battlefield;
  const crowd = new HostileCrowd({ port: gateway.port, seed: options.seed, clients: options.hostile });
  try {
    const before = gateway.descriptors;
    const pids = gateway.pids.join();
    const loop = new LoopWatch(gateway);
    const { honest, problem } = await watch(gateway, options);
    const holds = loop.stop();
    const problems = problem === undefined ? [] : [problem];
    if (!crowd.isThere) problems.push("the hostile clients failed: see above");
    await crowd.end();
    if (!(await isEmptied(gateway, before + KEPT_DESCRIPTORS))) problems.push(await leftOf(gateway));
    const after = gateway.descriptors;
    if (gateway.pids.join() !== pids) problems.push("a process of the gateway was lost");
    for (const each of gateways) if (each.hasExited) problems.push(`a gateway has ended:\n${each.log}`);
    const faults = await faultsOf(gateways);
    if (faults !== 0) problems.push(`${faults} faults:\n${gateways.map(({ log }) => log).join("\n")}`);
    return { visits: crowd.visits, honest, holds, descriptors: { before, after }, faults, problems };
  } finally {
    await crowd.end();
    await battlefield.stop();
  }
}

/** The report of the honest clients. */
async function watch(
  { port, pid }: GatewayProcess,
  { seconds, viewers, media = MEDIA }: AttackOptions,
): Promise<{ readonly honest?: RunReport; readonly problem: string | undefined }> {
  const url = `rtmp://127.0.0.1:${port}/${HONEST_STREAM}`;
  try {
    const honest = await run({ url, pid, viewers, prompt: viewers, seconds, settleSeconds: 1, media });
    return { honest, problem: isWhole(honest) ? undefined : `honest viewers: ${honest.problems.join("; ")}` };
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return { problem: `the honest clients: ${error.message}` };
  }
}

/** Waits until nothing is left of the clients that are gone; false if that takes too long. */
async function isEmptied(gateway: GatewayProcess, descriptors: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < LEAVE_WITHIN_MS && !gateway.hasExited; waitedMs += LOOK_EVERY_MS) {
    const counts = [await gateway.metric("headgate_connections"), await gateway.metric("headgate_streams")];
    if (counts.every((count) => count === 0) && gateway.descriptors <= descriptors) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

async function leftOf(gateway: GatewayProcess): Promise<string> {
  const connections = await gateway.metric("headgate_connections");
  const streams = await gateway.metric("headgate_streams");
  return `${connections} connections, ${streams} streams and ${gateway.descriptors} descriptors are left`;
}

async function faultsOf(gateways: readonly GatewayProcess[]): Promise<number> {
  let faults = 0;
  for (const gateway of gateways) faults += await gateway.metric("headgate_broken_invariants");
  return faults;
}
