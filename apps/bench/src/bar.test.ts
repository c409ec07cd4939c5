import type { RunReport } from "@headgate/load";
import { expect, test } from "vitest";
import { figureTable, verdictTable } from "./bar-tables.ts";
import { CASES, contendersOf } from "./cases.ts";
import { type Demand, judge } from "./demand.ts";
import { standingChart } from "./standing-chart.ts";

const MIB = 2 ** 20;

const REPORT: RunReport = {
  publishers: 10,
  viewers: 100,
  stalled: 0,
  whole: 98,
  problems: [],
  missed: 3,
  longestGapMs: 90,
  longestPauseMs: 4,
  publisherPauseMs: 5,
  returns: 0,
  megabitsPerSecond: 263,
  cpuSecondsPerGigabyte: 2,
  cpuPercent: 6.6,
  residentBytesPerViewer: 30 * 1024,
  memory: {
    ...{ idleBytes: 80 * MIB, beforeBytes: 90 * MIB, beginBytes: 95 * MIB },
    ...{ endBytes: 100 * MIB, peakBytes: 101 * MIB, eachSecondBytes: [] },
  },
  loadCpuPercent: 5,
  machineBusyPercent: 50,
  isLoadBound: false,
  firstFrameMs: { p50: 1, p99: 2 },
  latencyMs: { p50: 2, p95: 3, p99: 4.5, max: 6 },
};

const REPORTS: ReadonlyMap<string, RunReport> = new Map([
  ["Headgate", REPORT],
  ["nginx-rtmp", { ...REPORT, cpuSecondsPerGigabyte: 1.5 }],
  ["SRS, 100 ms", { ...REPORT, cpuSecondsPerGigabyte: 4 }],
]);

const judged = (demand: Demand) => judge(demand, "Headgate", REPORTS, 1);

test.each<[Demand, number, number, boolean | undefined]>([
  [{ figure: "latency ms, 99%", most: 4.5 }, 4.5, 4.5, true],
  [{ figure: "viewers not whole", most: 0 }, 2, 0, false],
  [{ figure: "MiB", most: 200 }, 100, 200, true],
  [{ figure: "MiB a publisher", most: 1 }, 2, 1, false],
  [{ figure: "KiB a viewer", most: 120 }, 30, 120, true],
  [{ figure: "CPU s/GB", times: 1.2, of: "nginx-rtmp" }, 2, 1.8, false],
  [{ figure: "CPU s/GB", times: 1.2, of: "nginx-rtmp", plus: "RC4" }, 2, 2.8, true],
  [{ figure: "CPU s/GB", times: 1, of: "not measured" }, 2, Number.NaN, undefined],
])("%j is judged", (demand, figure, limit, isMet) => {
  const verdict = judged(demand);
  expect({ ...verdict, limit: Number(verdict.limit.toFixed(6)) }).toMatchObject({ figure, limit, isMet });
});

test("tables say what is measured, what is demanded and how much of that it is", () => {
  const verdicts = [
    judged({ figure: "CPU s/GB", times: 1.2, of: "nginx-rtmp" }),
    judged({ figure: "latency ms, 50%", most: 20 }),
    judged({ figure: "CPU %", times: 1, of: "not measured" }),
  ];
  const measured = [{ name: "100 viewers", reports: REPORTS, verdicts }];
  expect(verdictTable(measured).split("\n").slice(2)).toEqual([
    "| 100 viewers | Headgate | CPU s/GB | 2 | 1.2 x nginx-rtmp = 1.80 | 1.11 | **no** |",
    "| 100 viewers | Headgate | latency ms, 50% | 2 | 20 | 0.10 | yes |",
    "| 100 viewers | Headgate | CPU % | 6.60 | 1 x not measured = - | - | - |",
    "",
  ]);
  expect(figureTable(measured).split("\n")[2]).toBe(
    "| 100 viewers | Headgate | 98/100 | 263 | 2 | 6.60 | 2 / 5 | 100 | 5% |",
  );
});

test("in the picture, a server that takes more is to the right of Headgate's line, and one that takes less to the left", () => {
  const svg = standingChart([{ name: "100 viewers", reports: REPORTS, verdicts: [] }]);
  const own = Number(/x1="(\d+)"[^>]* stroke="#2563eb"/.exec(svg)?.[1]);
  const at = (name: string): number => Number(new RegExp(`cx="(\\d+)"[^>]*><title>${name}: `).exec(svg)?.[1]);
  expect(at("nginx-rtmp")).toBeLessThan(own);
  expect(at("SRS, 100 ms")).toBeGreaterThan(own);
});

test.each(CASES.map((each) => [each.name, each] as const))(
  "the case %s measures what it judges by",
  (_, each) => {
    for (const demand of each.bar) {
      const names = ["of" in demand ? demand.of : [], demand.by ?? []].flat();
      expect(each.contenders).toEqual(expect.arrayContaining(names));
    }
    const load = { ...each.load, seconds: 1, settleSeconds: 1 };
    expect(contendersOf(each, load, undefined).map(({ name }) => name)).toEqual(each.contenders);
  },
);
