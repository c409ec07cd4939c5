import type { RunReport } from "@headgate/load";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

type Figure =
  | "CPU s/GB"
  | "CPU %"
  | "latency ms, 50%"
  | "latency ms, 99%"
  | "viewers not whole"
  | "MiB"
  | "KiB a viewer"
  | "MiB a publisher";

/** All are the better the lower they are, and NaN if they were not measured. */
const FIGURES: Readonly<Record<Figure, (report: RunReport) => number>> = {
  "CPU s/GB": ({ cpuSecondsPerGigabyte = Number.NaN }) => cpuSecondsPerGigabyte,
  "CPU %": ({ cpuPercent = Number.NaN }) => cpuPercent,
  "latency ms, 50%": ({ latencyMs }) => latencyMs.p50,
  "latency ms, 99%": ({ latencyMs }) => latencyMs.p99,
  "viewers not whole": ({ viewers, whole }) => viewers - whole,
  MiB: ({ memory }) => (memory ? memory.endBytes / MIB : Number.NaN),
  "KiB a viewer": ({ residentBytesPerViewer = Number.NaN }) => residentBytesPerViewer / KIB,
  "MiB a publisher": ({ memory, publishers }) =>
    memory ? (memory.endBytes - memory.idleBytes) / MIB / publishers : Number.NaN,
};

interface Judged {
  /** The contender of which it is demanded, if not the first. */
  readonly by?: string;
  readonly figure: Figure;
}

/** What a contender must not exceed: a number, or so many times what another needs in the same run. */
export type Demand =
  | (Judged & { readonly most: number })
  | (Judged & { readonly times: number; readonly of: string; readonly plus?: "RC4" });

export interface Verdict {
  readonly demand: Demand;
  readonly by: string;
  /** NaN if it was not measured, as is the limit where the other was not. */
  readonly figure: number;
  readonly limit: number;
  /** Undefined if it cannot be told. */
  readonly isMet: boolean | undefined;
}

/** Judges one contender by the reports of all; `rc4` is what RC4 alone costs, in CPU s/GB. */
export function judge(
  demand: Demand,
  by: string,
  reports: ReadonlyMap<string, RunReport>,
  rc4: number,
): Verdict {
  const figureOf = (name: string): number => {
    const report = reports.get(name);
    return report ? FIGURES[demand.figure](report) : Number.NaN;
  };
  const figure = figureOf(by);
  const limit =
    "most" in demand ? demand.most : demand.times * figureOf(demand.of) + (demand.plus === "RC4" ? rc4 : 0);
  const isMet = Number.isNaN(figure + limit) ? undefined : figure <= limit;
  return { demand, by, figure, limit, isMet };
}
