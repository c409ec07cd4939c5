import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseBenchUrl } from "./bench-url.ts";
import { measureCosts } from "./measure-costs.ts";
import { residentBytes } from "./process-costs.ts";
import { Publisher } from "./publisher.ts";
import type { MediaOptions } from "./synthetic-media.ts";
import type { FromViewers, ToViewers } from "./viewers-messages.ts";

export interface RunOptions {
  /** Where the viewers go. */
  readonly url: string;
  /** Where the publisher goes, if not to the same. */
  readonly publishUrl?: string;
  readonly viewers: number;
  readonly seconds: number;
  readonly media: MediaOptions;
  /** The server's process, if its costs are to be told. */
  readonly pid?: number;
}

export interface RunReport {
  readonly viewers: number;
  readonly whole: number;
  readonly problems: readonly string[];
  readonly megabitsPerSecond: number;
  /** The server's, if its process is known. */
  readonly cpuSecondsPerGigabyte: number | undefined;
  readonly cpuPercent: number | undefined;
  readonly residentBytesPerViewer: number | undefined;
  /** Of one processor, of publisher and viewers together. */
  readonly loadCpuPercent: number;
  /** Whether the load side had no processor time left: then the figures say more of it than of the server. */
  readonly isLoadBound: boolean;
  readonly firstFrameMs: { readonly p50: number; readonly p99: number };
  readonly latencyMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
}

type Report = Extract<FromViewers, { kind: "report" }>;

/** For the publisher's first group of pictures, and for what servers do at first. */
const BEFORE_MS = 2_000;

/** After the last viewer has come: its burst, and a server that is warm. */
const SETTLE_MS = 6_000;

const OPEN_WITHIN_MS = 120_000;

/** Publishes, has viewers play, and says what it cost. */
export async function run(options: RunOptions): Promise<RunReport> {
  const { url, publishUrl = url, viewers, seconds, media, pid } = options;
  const publisher = await Publisher.start(parseBenchUrl(publishUrl), media);
  try {
    await sleep(BEFORE_MS);
    return await measure({ kind: "open", url, viewers }, { viewers, seconds, pid });
  } finally {
    publisher.end();
  }
}

/** What it costs to send so many connections bytes that nobody looks at. */
export function runFloor(
  port: number,
  connections: number,
  seconds: number,
  pid: number,
): Promise<RunReport> {
  return measure({ kind: "drain", port, connections }, { viewers: connections, seconds, pid });
}

async function measure(
  opening: ToViewers,
  { viewers, seconds, pid }: { viewers: number; seconds: number; pid: number | undefined },
): Promise<RunReport> {
  const residentBefore = pid === undefined ? 0 : residentBytes(pid);
  const child = fork(fileURLToPath(new URL("viewers-process.js", import.meta.url)), {
    // JSON has no NaN, which is what a latency is that nobody has had.
    serialization: "advanced",
  });
  const tell = (message: ToViewers): boolean => child.send(message);
  const heard = async (): Promise<FromViewers> => (await once(child, "message"))[0];
  try {
    tell(opening);
    await Promise.race([heard(), sleep(OPEN_WITHIN_MS)]);
    await sleep(SETTLE_MS);
    tell({ kind: "begin" });
    const costs = await measureCosts(seconds, { server: pid, load: child.pid ?? 0 });
    const resident = pid === undefined ? 0 : residentBytes(pid);
    tell({ kind: "end" });
    const { kind: _, bytes, ...report } = (await heard()) as Report;
    const { elapsedSeconds, serverSeconds, loadCpuPercent, isLoadBound } = costs;
    return {
      viewers,
      ...report,
      megabitsPerSecond: (8 * bytes) / elapsedSeconds / 1e6,
      cpuSecondsPerGigabyte: pid === undefined ? undefined : serverSeconds / (bytes / 1e9),
      cpuPercent: pid === undefined ? undefined : (100 * serverSeconds) / elapsedSeconds,
      residentBytesPerViewer: pid === undefined ? undefined : (resident - residentBefore) / viewers,
      loadCpuPercent,
      isLoadBound,
    };
  } finally {
    child.kill();
  }
}
