import type { RunReport } from "@headgate/load";
import { milliseconds, wholeOf } from "./contender.ts";
import type { Verdict } from "./demand.ts";
import { markdownTable } from "./markdown-table.ts";

export interface MeasuredCase {
  readonly name: string;
  /** By contender, the one in the middle of its rounds. */
  readonly reports: ReadonlyMap<string, RunReport>;
  readonly verdicts: readonly Verdict[];
}

/** One row for each demand; the last column is at most 1 where it is met. */
export function verdictTable(measured: readonly MeasuredCase[]): string {
  const rows = measured.flatMap(({ name, verdicts }) =>
    verdicts.map(({ demand, by, figure, limit, isMet }) => [
      ...[name, by, demand.figure, short(figure)],
      "most" in demand ? `${limit}` : `${limitOf(demand)} = ${short(limit)}`,
      limit > 0 ? short(figure / limit) : "-",
      isMet === undefined ? "-" : isMet ? "yes" : "**no**",
    ]),
  );
  return markdownTable(["case", "server", "figure", "measured", "at most", "of it", "met"], rows);
}

function limitOf({ times, of, plus }: Extract<Verdict["demand"], { times: number }>): string {
  return `${Number(times.toFixed(2))} x ${of}${plus ? ` + ${plus}` : ""}`;
}

/** One row for each server of each case. */
export function figureTable(measured: readonly MeasuredCase[]): string {
  const rows = measured.flatMap(({ name, reports }) =>
    [...reports].map(([server, report]) => [
      ...[name, server, wholeOf(report)],
      report.megabitsPerSecond.toFixed(0),
      short(report.cpuSecondsPerGigabyte),
      short(report.cpuPercent),
      [report.latencyMs.p50, report.latencyMs.p99].map(milliseconds).join(" / "),
      short(report.memory && report.memory.endBytes / 2 ** 20),
      `${report.loadCpuPercent.toFixed(0)}%${report.isLoadBound ? " (bound)" : ""}`,
    ]),
  );
  const head = [
    ...["case", "server", "whole", "Mb/s", "CPU s/GB", "CPU %"],
    ...["latency ms, 50% / 99%", "MiB", "load CPU"],
  ];
  return markdownTable(head, rows);
}

/** With as many digits as say something; "-" for what was not measured. */
function short(figure = Number.NaN): string {
  if (!Number.isFinite(figure)) return "-";
  if (Number.isInteger(figure)) return `${figure}`;
  return figure.toFixed(figure < 10 ? 2 : figure < 100 ? 1 : 0);
}
