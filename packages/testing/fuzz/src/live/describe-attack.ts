import type { RunReport } from "@headgate/load";
import type { AttackOptions, AttackReport } from "./attack.ts";

/** What the hostile clients did, and how it affected the honest ones and the gateway. */
export function describeAttack(options: AttackOptions, report: AttackReport): string {
  const { workers, seconds, hostile } = options;
  const { visits, honest, holds, descriptors, faults, problems } = report;
  const { loopMs, flushMs, windowMs } = holds;
  const kinds = Object.entries(visits).map(([kind, count]) => `${kind} ${count}`);
  const rows: [string, string][] = [
    ["visits", kinds.join(", ")],
    ...(honest ? honestRows(honest) : []),
    [
      "event loop",
      `stood still for ${loopMs.toFixed(0)} ms at most; viewers were written to for ${flushMs.toFixed(0)} ms in one go, ${windowMs.toFixed(0)} ms apart`,
    ],
    ["descriptors", `${descriptors.before} before, ${descriptors.after} after`],
    ["faults", `${faults}`],
  ];
  const title = `Headgate with ${workers} ${workers === 1 ? "process" : "workers"}, and ${hostile} hostile clients at a time for ${seconds} s`;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(18)}${value}`);
  return `\n${[title, ...lines, ...problems.map((problem) => `FAILED: ${problem}`)].join("\n")}\n`;
}

function honestRows(honest: RunReport): [string, string][] {
  const { whole, viewers, missed, longestGapMs, longestPauseMs, publisherPauseMs, latencyMs, memory } =
    honest;
  const pauses = `its own process stood still for ${longestPauseMs.toFixed(0)} ms at most, the publisher's for ${publisherPauseMs.toFixed(0)} ms`;
  return [
    ["honest viewers", `${whole} of ${viewers} missed nothing; frames missed: ${missed}`],
    ["longest gap", `${longestGapMs.toFixed(0)} ms (${pauses})`],
    [
      "latency",
      `${latencyMs.p50.toFixed(1)} / ${latencyMs.p99.toFixed(1)} / ${latencyMs.max.toFixed(1)} ms (50% / 99% / all)`,
    ],
    ["memory", memoryOf(memory?.eachSecondBytes ?? [])],
    ["machine", `${honest.machineBusyPercent.toFixed(0)} % of all processors busy`],
  ];
}

/** Resident, of all processes of the gateway. */
function memoryOf(samples: readonly number[]): string {
  const [start, middle, end] = [samples[0], samples[samples.length >> 1], samples.at(-1)].map(
    (bytes = Number.NaN) => `${(bytes / 2 ** 20).toFixed(0)} MiB`,
  );
  return `${start} at the start, ${middle} in the middle, ${end} at the end`;
}
