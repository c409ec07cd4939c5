import { figureTable, type MeasuredCase, verdictTable } from "./bar-tables.ts";
import { CASES, type Case, contendersOf } from "./cases.ts";
import { measureInTurn, presentOf, withoutSamples } from "./contender.ts";
import { judge } from "./demand.ts";
import { machineAndDate } from "./machine.ts";
import { medianReport } from "./median-report.ts";
import { rc4SecondsPerGigabyte } from "./rc4.ts";
import { prepareResults, writeResults } from "./results.ts";
import { standingChart } from "./standing-chart.ts";

export interface BarOptions {
  /** Parts of the names of the cases to measure; none: all of them. */
  readonly names: readonly string[];
  readonly seconds: number;
  readonly settleSeconds: number;
  readonly rounds: number;
  /** SRS's program. */
  readonly srs: string | undefined;
  /** Where the results are written, if anywhere. */
  readonly results: string | undefined;
}

/** Measures every case, and prints where Headgate stands against what is demanded of it. */
export async function bar(options: BarOptions): Promise<void> {
  const { names, results } = options;
  const cases = CASES.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  if (cases.length === 0)
    throw new Error(`no case has such a name; there are: ${CASES.map(({ name }) => name).join("; ")}`);
  prepareResults(results);
  const rc4 = rc4SecondsPerGigabyte();
  const measured: MeasuredCase[] = [];
  for (const each of cases) measured.push(await measure(each, options, rc4));
  const text = `${heading(options)}\n\n${verdictTable(measured)}\n${figureTable(measured)}`;
  process.stdout.write(`\n${text}`);
  const reports = Object.fromEntries(measured.map((each) => [each.name, Object.fromEntries(each.reports)]));
  writeResults(results, {
    "bar.md": text,
    "bar.svg": standingChart(measured),
    "bar.json": `${JSON.stringify(reports, withoutSamples, 2)}\n`,
  });
}

async function measure(each: Case, options: BarOptions, rc4: number): Promise<MeasuredCase> {
  const { seconds, settleSeconds, rounds, srs } = options;
  process.stderr.write(`${each.name}\n`);
  const contenders = presentOf(contendersOf(each, { ...each.load, seconds, settleSeconds }, srs));
  const all = await measureInTurn(contenders, rounds);
  const reports = new Map(
    [...all].map(([name, some]) => [name, medianReport(some, ({ cpuPercent = 0 }) => cpuPercent)]),
  );
  const verdicts = each.bar.map((demand) => judge(demand, demand.by ?? each.contenders[0], reports, rc4));
  return { name: each.name, reports, verdicts };
}

function heading({ seconds, settleSeconds, rounds }: BarOptions): string {
  const which = rounds > 1 ? `, the middle one of ${rounds}` : "";
  return `Every case ${seconds} s after ${settleSeconds} s${which}; ${machineAndDate()}`;
}
