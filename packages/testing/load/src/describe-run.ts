import type { Memory } from "./resident-samples.ts";
import type { RunReport } from "./run.ts";

/** Beyond it, whatever runs on a machine waits for its turn. */
const MACHINE_LIMIT_PERCENT = 95;

/** A report for people. */
export function describeRun(report: RunReport): string {
  const { viewers, stalled, whole, problems, firstFrameMs, latencyMs, memory } = report;
  const rows: [string, string][] = [
    ["viewers that missed nothing", `${whole} of ${viewers - stalled}`],
    ...stalledOf(report),
    ["delivered", `${report.megabitsPerSecond.toFixed(0)} Mb/s`],
    ["server, CPU per delivered GB", shown(report.cpuSecondsPerGigabyte, 2, "s")],
    ["server, CPU", shown(report.cpuPercent, 0, "% of one processor")],
    ["server, memory per viewer", shown(kibibytes(report.residentBytesPerViewer), 1, "KiB")],
    ["server, memory", memory ? memoryOf(memory) : UNKNOWN],
    [
      "first frame after",
      `${firstFrameMs.p50.toFixed(0)} ms (median), ${firstFrameMs.p99.toFixed(0)} ms (99%)`,
    ],
    ["latency", `${latencyOf(latencyMs)}`],
    ["load, CPU", `${report.loadCpuPercent.toFixed(0)} % of one processor`],
    ["this machine, CPU", `${report.machineBusyPercent.toFixed(0)} % of all processors`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(30)}${value}`);
  for (const problem of problems) lines.push(`  not whole: ${problem}`);
  if (report.isLoadBound)
    lines.push("  The load had no processor time left: these figures say more of it than of the server.");
  else if (report.machineBusyPercent > MACHINE_LIMIT_PERCENT)
    lines.push("  This machine had no processor time left: what runs here took it from each other.");
  return `${lines.join("\n")}\n`;
}

function stalledOf({ stalled, returns }: RunReport): [string, string][] {
  return stalled === 0
    ? []
    : [["viewers that stopped reading", `${stalled}, which came again ${returns} times`]];
}

function memoryOf({ beforeBytes, beginBytes, endBytes, peakBytes }: Memory): string {
  const [before, begin, end, peak] = [beforeBytes, beginBytes, endBytes, peakBytes].map((bytes) =>
    (bytes / 2 ** 20).toFixed(1),
  );
  return `${before} MiB before them, ${begin} at the beginning, ${end} at the end, ${peak} at most`;
}

function latencyOf({ p50, p95, p99, max }: RunReport["latencyMs"]): string {
  const shownMs = [p50, p95, p99, max].map((ms) => ms.toFixed(1));
  return `${shownMs.join(" / ")} ms (50% / 95% / 99% / all)`;
}

function kibibytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1024;
}

function shown(value: number | undefined, digits: number, unit: string): string {
  return value === undefined ? UNKNOWN : `${value.toFixed(digits)} ${unit}`;
}

const UNKNOWN = "not known: --pid tells which process it is";
