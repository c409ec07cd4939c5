import type { RunReport } from "./run.ts";

/** A report for people. */
export function describeRun(report: RunReport): string {
  const { viewers, whole, problems, firstFrameMs, latencyMs } = report;
  const rows: [string, string][] = [
    ["viewers that missed nothing", `${whole} of ${viewers}`],
    ["delivered", `${report.megabitsPerSecond.toFixed(0)} Mb/s`],
    ["server, CPU per delivered GB", shown(report.cpuSecondsPerGigabyte, 2, "s")],
    ["server, CPU", shown(report.cpuPercent, 0, "% of one processor")],
    ["server, memory per viewer", shown(kibibytes(report.residentBytesPerViewer), 1, "KiB")],
    [
      "first frame after",
      `${firstFrameMs.p50.toFixed(0)} ms (median), ${firstFrameMs.p99.toFixed(0)} ms (99%)`,
    ],
    ["latency", `${latencyOf(latencyMs)}`],
    ["load, CPU", `${report.loadCpuPercent.toFixed(0)} % of one processor`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(30)}${value}`);
  for (const problem of problems) lines.push(`  not whole: ${problem}`);
  if (report.isLoadBound)
    lines.push("  The load had no processor time left: these figures say more of it than of the server.");
  return `${lines.join("\n")}\n`;
}

function latencyOf({ p50, p95, p99, max }: RunReport["latencyMs"]): string {
  const shownMs = [p50, p95, p99, max].map((ms) => ms.toFixed(1));
  return `${shownMs.join(" / ")} ms (50% / 95% / 99% / all)`;
}

function kibibytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1024;
}

function shown(value: number | undefined, digits: number, unit: string): string {
  return value === undefined
    ? "not known: --pid tells which process it is"
    : `${value.toFixed(digits)} ${unit}`;
}
