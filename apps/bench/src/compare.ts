import type { MediaOptions, RunReport } from "@headgate/load";
import { barChart } from "./bar-chart.ts";
import {
  type Contender,
  contender,
  floorContender,
  type Load,
  measureInTurn,
  milliseconds,
  OVER_TLS,
  presentOf,
  wholeOf,
  withoutSamples,
} from "./contender.ts";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { medianReport } from "./median-report.ts";
import { prepareResults, writeResults } from "./results.ts";
import { headgate, nginxRtmp, nginxStreamTls, nodeMediaServer, nodeMediaServerTls } from "./servers.ts";

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

/** Warm-up for JIT compilers: code that runs seventy times a second takes half a minute to be compiled at its best. */
const SETTLE_SECONDS = 30;

/** Measures all in turn, and prints medians and ratios. */
export async function compare(options: CompareOptions): Promise<void> {
  const contenders = presentOf(contendersOf(options));
  prepareResults(options.results);
  const reports = await measureInTurn(contenders, options.rounds);
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

function contendersOf({ schemes, ...options }: CompareOptions): readonly Contender[] {
  const load: Load = { ...options, settleSeconds: SETTLE_SECONDS };
  return [
    ...schemes.map((scheme) => contender(load, `Headgate ${scheme}`, headgate, { scheme })),
    ...(schemes.some((scheme) => scheme !== "rtmps")
      ? [nginxRtmp, nodeMediaServer].map((kind) => contender(load, kind.name, kind))
      : []),
    ...(schemes.includes("rtmps")
      ? [nginxStreamTls, nodeMediaServerTls].map((kind) => contender(load, kind.name, kind, OVER_TLS))
      : []),
    floorContender(load, "floor"),
  ];
}

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
