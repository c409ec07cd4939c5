import { bytesPerSecond, LoadError, type MediaOptions, type RunReport, run, runFloor } from "@headgate/load";
import { besideCrowd, type SomeViewers } from "./crowd.ts";
import type { RunningServer } from "./launch.ts";
import { floor, type ServerKind } from "./servers.ts";

/** What servers are loaded with to compare them. */
export interface Load {
  readonly publishers?: number;
  readonly viewers: number;
  /** How many of them read at once; undefined: the load's default. */
  readonly prompt?: number | undefined;
  readonly media: MediaOptions;
  readonly seconds: number;
  /** How long all of them play before it counts. */
  readonly settleSeconds: number;
}

/** One thing that is measured: a server, and how its viewers come. */
export interface Contender {
  readonly name: string;
  readonly kind: ServerKind;
  readonly measure: (server: RunningServer) => Promise<RunReport>;
}

interface Ways {
  readonly scheme?: string;
  readonly publishOver?: string;
}

/** For servers that have a port for TLS alone. */
export const OVER_TLS: Ways = { scheme: "rtmps", publishOver: "rtmps" };

/** A server whose viewers come over this scheme. The publisher's way may be another: it is no part of what is compared. */
export function contender(
  load: Load,
  name: string,
  kind: ServerKind,
  { scheme = "rtmp", publishOver = "rtmp" }: Ways = {},
): Contender {
  const measure = ({ port, pid }: RunningServer): Promise<RunReport> => {
    const at = `127.0.0.1:${port}/live/bench`;
    const options = { ...load, url: `${scheme}://${at}`, publishUrl: `${publishOver}://${at}`, pid };
    return scheme === "rtmp" ? besideCrowd(port, load, (some) => run({ ...options, ...some })) : run(options);
  };
  return { name, kind, measure };
}

/** The window of the floor: what Headgate's longest is by default. */
const FLOOR_WINDOW_MS = 100;

/** It needs no warm-up, other than what is compiled while it runs. */
const FLOOR_SETTLE_SECONDS = 2;

/** The bare loop, which sends as many bytes as the load's publishers would to viewers that discard them. */
export function floorContender(load: Load, name: string, isSecure = false): Contender {
  const measure = ({ port, pid }: RunningServer): Promise<RunReport> => {
    const options = { ...load, settleSeconds: FLOOR_SETTLE_SECONDS, pid };
    const drained = (some: SomeViewers) => runFloor({ port, isSecure }, { ...options, ...some });
    return isSecure ? drained(load) : besideCrowd(port, load, drained);
  };
  const rate = bytesPerSecond(load.media);
  return { name, kind: floor({ windowMs: FLOOR_WINDOW_MS, bytesPerSecond: rate, isSecure }), measure };
}

const told = new Set<string>();

/** Those that can be measured here; of the others it is said once what they need. */
export function presentOf(contenders: readonly Contender[]): readonly Contender[] {
  return contenders.filter(({ name, kind: { missing } }) => {
    if (missing !== undefined && !told.has(name))
      process.stderr.write(`bench: ${name} is left out, it needs: ${missing}\n`);
    told.add(name);
    return missing === undefined;
  });
}

/**
 * Measures all in turn, round by round, so that what else the machine does touches all alike. One that cannot be measured, because
 * it does not start or loses its viewers, has no report of that round.
 */
export async function measureInTurn(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly RunReport[]>> {
  const reports = new Map<string, RunReport[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, kind, measure } of contenders) {
      let server: RunningServer | undefined;
      try {
        server = await kind.start();
        const report = await measure(server);
        reports.set(name, [...(reports.get(name) ?? []), report]);
        process.stderr.write(`round ${round}, ${name}: ${summary(report)}\n`);
      } catch (error) {
        if (!(error instanceof LoadError)) throw error;
        process.stderr.write(`round ${round}, ${name}: ${error.message}\n`);
      } finally {
        await server?.stop();
      }
    }
  }
  return reports;
}

function summary(report: RunReport): string {
  const { cpuSecondsPerGigabyte = Number.NaN, cpuPercent = Number.NaN, latencyMs } = report;
  const { viewers, megabitsPerSecond, loadCpuPercent } = report;
  const ofViewers = [
    `${wholeOf(report)} whole`,
    `${megabitsPerSecond.toFixed(0)} Mb/s`,
    `${cpuSecondsPerGigabyte.toFixed(2)} CPU s/GB`,
    `p99 ${milliseconds(latencyMs.p99)} ms`,
  ];
  const ofAll = [`server ${cpuPercent.toFixed(1)}%`, `load ${loadCpuPercent.toFixed(0)}%`];
  return [...(viewers > 0 ? ofViewers : []), ...ofAll].join(", ");
}

/** The floor's output has no marks, so its completeness and latency are unknown. */
export function wholeOf({ whole, viewers, firstFrameMs }: RunReport): string {
  return Number.isNaN(firstFrameMs.p50) ? "-" : `${whole}/${viewers}`;
}

export function milliseconds(ms: number): string {
  return Number.isNaN(ms) ? "-" : ms.toFixed(0);
}

/** Memory in each second is left out of the results. */
export function withoutSamples(key: string, value: unknown): unknown {
  return key === "eachSecondBytes" ? undefined : value;
}
