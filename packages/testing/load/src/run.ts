import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadError } from "./load-error.ts";
import { LoadPublishers } from "./load-publishers.ts";
import { LongestPause } from "./longest-pause.ts";
import { measureCosts } from "./measure-costs.ts";
import { isThere } from "./process-costs.ts";
import { type Memory, ResidentSamples } from "./resident-samples.ts";
import { parseStreamUrl, streamUrls } from "./stream-url.ts";
import type { MediaOptions } from "./synthetic-media.ts";
import type { Trust } from "./trust.ts";
import { Viewers } from "./viewers.ts";
import type { LoadViewersReport, ToViewers } from "./viewers-messages.ts";

export interface RunOptions {
  /** Where the viewers go, to this stream and those beside it in turn. */
  readonly url: string;
  /** Where the publisher goes, if not to the same. */
  readonly publishUrl?: string | undefined;
  /** How many publish, each a stream of its own: one, unless told otherwise. */
  readonly publishers?: number | undefined;
  readonly viewers: number;
  /** So many in a hundred viewers stop reading after their first frames. */
  readonly stalledPercent?: number | undefined;
  /** How many viewers read at once and measure the latency; the others read ten times a second. */
  readonly prompt?: number | undefined;
  /** Whether viewers only count bytes: then it is unknown what they miss, but the load costs as little as possible. */
  readonly isDrained?: boolean;
  readonly seconds: number;
  /** How long all of them play before it counts. */
  readonly settleSeconds?: number;
  readonly media: MediaOptions;
  /** The server's process, if its costs are wanted. */
  readonly pid?: number | undefined;
  /** Which certificates are accepted; any unless told otherwise. */
  readonly trust?: { readonly caFile: string | undefined; readonly insecure: boolean };
  /** Called with the phase that begins, for a progress display. */
  readonly onStage?: ((stage: string) => void) | undefined;
  /** Called when the measurement begins. */
  readonly onBegin?: (() => void) | undefined;
}

export interface RunReport extends LoadViewersReport {
  readonly publishers: number;
  readonly viewers: number;
  /** How many of them were to stop reading. */
  readonly stalled: number;
  readonly megabitsPerSecond: number;
  /** The server's, if its process is known. */
  readonly cpuSecondsPerGigabyte: number | undefined;
  readonly cpuPercent: number | undefined;
  readonly residentBytesPerViewer: number | undefined;
  readonly memory: Memory | undefined;
  /** The longest that this process, which publishes, has stood still: viewers can have nothing of that time. */
  readonly publisherPauseMs: number;
  /** Of one processor, of publisher and viewers together. */
  readonly loadCpuPercent: number;
  /** Of all processors of this machine, for all processes. */
  readonly machineBusyPercent: number;
  /** Whether the load had no processor time left: then the figures say more about the load than about the server. */
  readonly isLoadBound: boolean;
}

/**
 * Not more, as others read like players that have a buffer: else the load would have no time left with servers that write every
 * message.
 */
const PROMPT_VIEWERS = 100;

/** The time for the publisher's first group of pictures, and for the server's warm-up. */
const BEFORE_MS = 2_000;

/** After the last viewer has come: for its burst. */
const SETTLE_SECONDS = 6;

interface Measuring
  extends Pick<RunOptions, "viewers" | "seconds" | "settleSeconds" | "pid" | "onStage" | "onBegin"> {
  readonly memory: ResidentSamples | undefined;
}

/** Publishes, has viewers play, and reports the costs. Rejects with a LoadError if that is not possible. */
export async function run(options: RunOptions): Promise<RunReport> {
  const { url, viewers, stalledPercent = 0, isDrained = false, media, pid } = options;
  const { publishers: streams = 1 } = options;
  const prompt = isDrained ? 0 : (options.prompt ?? PROMPT_VIEWERS);
  const publishUrl = parseStreamUrl(options.publishUrl ?? url);
  parseStreamUrl(url);
  if (pid !== undefined && !isThere(pid))
    throw new LoadError("usage", `cannot read the CPU time of process ${pid}`);
  const stalled = Math.round((viewers * stalledPercent) / 100);
  const trust = options.trust && readTrust(options.trust);
  options.onStage?.("publishing");
  return await interruptible(async (interruption) => {
    const memory = pid === undefined ? undefined : new ResidentSamples(pid);
    const urls = streamUrls(publishUrl, streams);
    const publishers = await LoadPublishers.start({ urls, media, trust: options.trust }, (error) =>
      interruption.abort(error),
    );
    try {
      await sleep(BEFORE_MS, undefined, interruption);
      const opening: ToViewers = { kind: "open", url, viewers, streams, stalled, prompt, isDrained, trust };
      return await measure(opening, { ...options, memory }, interruption);
    } finally {
      publishers.end();
    }
  });
}

function readTrust({ caFile, insecure }: NonNullable<RunOptions["trust"]>): Trust {
  try {
    return { ca: caFile === undefined ? undefined : readFileSync(caFile, "utf8"), insecure };
  } catch (error) {
    throw new LoadError("usage", `--ca ${caFile} cannot be used: ${(error as Error).message}`);
  }
}

/** Measures the cost of sending bytes to this many connections, inside TLS or not, that discard them. */
export function runFloor(
  { port, isSecure }: { readonly port: number; readonly isSecure: boolean },
  options: Omit<Measuring, "memory">,
): Promise<RunReport> {
  const opening: ToViewers = { kind: "drain", port, isSecure, connections: options.viewers };
  const memory = options.pid === undefined ? undefined : new ResidentSamples(options.pid);
  return interruptible((interruption) => measure(opening, { ...options, memory }, interruption));
}

/** Work whose every wait ends when it is interrupted, and which then rejects with the reason. */
async function interruptible(
  work: (interruption: AbortController) => Promise<RunReport>,
): Promise<RunReport> {
  const interruption = new AbortController();
  try {
    return await work(interruption);
  } catch (error) {
    throw interruption.signal.aborted ? interruption.signal.reason : error;
  }
}

async function measure(
  opening: ToViewers,
  { viewers, seconds, settleSeconds = SETTLE_SECONDS, pid, memory, onStage, onBegin }: Measuring,
  interruption: AbortController,
): Promise<RunReport> {
  memory?.beforeViewers();
  const pause = new LongestPause();
  const viewersProcess = new Viewers(opening, interruption);
  try {
    onStage?.(`waiting for ${viewers} viewers to play`);
    await viewersProcess.opened();
    onStage?.(`letting them play for ${settleSeconds} s`);
    await sleep(settleSeconds * 1000, undefined, interruption);
    onStage?.(`measuring for ${seconds} s`);
    viewersProcess.begin();
    onBegin?.();
    memory?.begin();
    pause.begin();
    const costs = await measureCosts(seconds, { server: pid, load: viewersProcess.pid }, interruption);
    const resident = memory?.end();
    const publisherPauseMs = pause.longestMs;
    const { kind: _, bytes, ...report } = await viewersProcess.report();
    const { elapsedSeconds, serverSeconds, ...load } = costs;
    return {
      publishers: opening.kind === "open" ? opening.streams : 0,
      viewers,
      stalled: opening.kind === "open" ? opening.stalled : 0,
      ...report,
      megabitsPerSecond: (8 * bytes) / elapsedSeconds / 1e6,
      cpuSecondsPerGigabyte: pid === undefined ? undefined : serverSeconds / (bytes / 1e9),
      cpuPercent: pid === undefined ? undefined : (100 * serverSeconds) / elapsedSeconds,
      residentBytesPerViewer: resident && (resident.endBytes - resident.beforeBytes) / viewers,
      memory: resident,
      publisherPauseMs,
      ...load,
    };
  } finally {
    memory?.end();
    pause.end();
    viewersProcess.kill();
  }
}

/** Whether every viewer that was to read got all of it. */
export function isWhole({ whole, viewers, stalled }: RunReport): boolean {
  return whole === viewers - stalled;
}
