import { LoadError, type MediaOptions, type RunReport, run, runFloor } from "@headgate/load";
import { barChart } from "./bar-chart.ts";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { medianReport } from "./median-report.ts";
import { prepareResults, writeResults } from "./results.ts";
import {
  floor,
  headgate,
  nginxRtmp,
  nginxStreamTls,
  nodeMediaServer,
  nodeMediaServerTls,
  type ServerKind,
} from "./servers.ts";

export interface CompareOptions {
  readonly viewers: number;
  /** How many of them read at once; undefined: the load's default. */
  readonly prompt: number | undefined;
  readonly seconds: number;
  readonly media: MediaOptions;
  readonly rounds: number;
  /** The schemes of Headgate's viewers. */
  readonly schemes: readonly string[];
  /** Where the results are written, if anywhere. */
  readonly results: string | undefined;
}

/** The window of the floor: Headgate's longest. */
const FLOOR_WINDOW_MS = 100;

/** Warm-up for JIT compilers: code that runs seventy times a second takes half a minute to be compiled at its best. */
const SETTLE_SECONDS = 30;

/** One thing that is measured: a server, and how its viewers come. */
interface Contender {
  readonly name: string;
  readonly kind: ServerKind;
  readonly measure: (port: number, pid: number) => Promise<RunReport>;
}

/** Measures all in turn, round by round, so that what else the machine does touches all alike; prints medians and ratios. */
export async function compare(options: CompareOptions): Promise<void> {
  const contenders = contendersOf(options).filter(({ name, kind }) => {
    if (kind.missing !== undefined)
      process.stderr.write(`bench: ${name} is left out, it needs: ${kind.missing}\n`);
    return kind.missing === undefined;
  });
  prepareResults(options.results);
  const reports = new Map<string, RunReport[]>();
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const { name, kind, measure } of contenders) {
      const server = await kind.start();
      try {
        const report = await measure(server.port, server.pid);
        reports.set(name, [...(reports.get(name) ?? []), report]);
        process.stderr.write(`round ${round}, ${name}: ${summary(report)}\n`);
      } catch (error) {
        if (!(error instanceof LoadError)) throw error;
        process.stderr.write(`round ${round}, ${name}: ${error.message}\n`);
      } finally {
        await server.stop();
      }
    }
  }
  const medians = [...reports].map(([name, all]): [string, RunReport] => [name, medianReport(all, costOf)]);
  const text = `${heading(options)}\n\n${table(medians)}`;
  process.stdout.write(`\n${text}`);
  const readers = options.prompt === undefined ? "" : `-prompt-${options.prompt}`;
  const name = `fan-out-${options.viewers}-${options.schemes.join("-")}${readers}`;
  const bars = medians.map(([label, report]) => ({ label, value: costOf(report) }));
  const title = `CPU seconds per delivered gigabyte, ${options.viewers} viewers`;
  writeResults(options.results, {
    [`${name}.md`]: text,
    [`${name}.json`]: `${JSON.stringify(Object.fromEntries(reports), withoutSamples, 2)}\n`,
    [`${name}.svg`]: barChart(title, bars),
  });
}

/** Memory in each second is left out here. */
function withoutSamples(key: string, value: unknown): unknown {
  return key === "eachSecondBytes" ? undefined : value;
}

function contendersOf({ viewers, prompt, seconds, media, schemes }: CompareOptions): readonly Contender[] {
  const over = (scheme: string, name: string, kind: ServerKind, publishOver = "rtmp"): Contender => ({
    name,
    kind,
    measure: (port, pid) => {
      const at = `127.0.0.1:${port}/live/bench`;
      const publishUrl = `${publishOver}://${at}`;
      const url = `${scheme}://${at}`;
      const settleSeconds = SETTLE_SECONDS;
      return run({ url, publishUrl, viewers, prompt, seconds, settleSeconds, media, pid });
    },
  });
  const bytesPerSecond = media.bitrate / 8 + AUDIO_BYTES_PER_SECOND;
  return [
    ...schemes.map((scheme) => over(scheme, `Headgate ${scheme}`, headgate)),
    ...(schemes.some((scheme) => scheme !== "rtmps")
      ? [nginxRtmp, nodeMediaServer].map((kind) => over("rtmp", kind.name, kind))
      : []),
    ...(schemes.includes("rtmps")
      ? [nginxStreamTls, nodeMediaServerTls].map((kind) => over("rtmps", kind.name, kind, "rtmps"))
      : []),
    {
      name: "floor",
      kind: floor(FLOOR_WINDOW_MS, bytesPerSecond),
      measure: (port, pid) => runFloor({ port, isSecure: false }, { viewers, seconds, pid }),
    },
  ];
}

/** 128 kb/s, as SyntheticMedia has it. */
const AUDIO_BYTES_PER_SECOND = 16_000;

function costOf({ cpuSecondsPerGigabyte = 0 }: RunReport): number {
  return cpuSecondsPerGigabyte;
}

function heading({ viewers, prompt, seconds, rounds, media }: CompareOptions): string {
  const readers = prompt === undefined ? "" : ` (${prompt} of them read what comes as it comes)`;
  const what = `${viewers} viewers${readers} of ${(media.bitrate / 1e6).toFixed(1)} Mb/s and sound, ${seconds} s each after ${SETTLE_SECONDS} s, the middle one of ${rounds}`;
  return `${what}; ${machineAndDate()}`;
}

function table(medians: readonly (readonly [name: string, report: RunReport])[]): string {
  const own = medians[0]?.[1].cpuSecondsPerGigabyte ?? Number.NaN;
  const ownName = medians[0]?.[0] ?? "the first";
  const rows = medians.map(([name, report]) => [
    name,
    wholeOf(report),
    report.megabitsPerSecond.toFixed(0),
    report.cpuSecondsPerGigabyte?.toFixed(2) ?? "",
    (own / (report.cpuSecondsPerGigabyte ?? Number.NaN)).toFixed(2),
    ((report.residentBytesPerViewer ?? 0) / 1024).toFixed(0),
    [report.latencyMs.p50, report.latencyMs.p99].map(milliseconds).join(" / "),
    `${report.loadCpuPercent.toFixed(0)}%${report.isLoadBound ? " (bound)" : ""}`,
  ]);
  const head = [
    "server",
    "whole",
    "Mb/s",
    "CPU s/GB",
    `s/GB of ${ownName} / of this`,
    "KiB a viewer",
    "latency ms, 50% / 99%",
    "load CPU",
  ];
  return markdownTable(head, rows);
}

function summary(report: RunReport): string {
  const { cpuSecondsPerGigabyte, megabitsPerSecond, latencyMs, loadCpuPercent } = report;
  return [
    `${wholeOf(report)} whole`,
    `${megabitsPerSecond.toFixed(0)} Mb/s`,
    `${cpuSecondsPerGigabyte?.toFixed(2)} CPU s/GB`,
    `p99 ${milliseconds(latencyMs.p99)} ms`,
    `load ${loadCpuPercent.toFixed(0)}%`,
  ].join(", ");
}

/** The floor's output has no marks, so its completeness and latency are unknown. */
function wholeOf({ whole, viewers, firstFrameMs }: RunReport): string {
  return Number.isNaN(firstFrameMs.p50) ? "-" : `${whole}/${viewers}`;
}

function milliseconds(ms: number): string {
  return Number.isNaN(ms) ? "-" : ms.toFixed(0);
}
