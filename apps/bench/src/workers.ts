import { type MediaOptions, type RunReport, run } from "@headgate/load";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { medianReport } from "./median-report.ts";
import { prepareResults, writeResults } from "./results.ts";
import { headgateWith } from "./servers.ts";

export interface WorkersOptions {
  readonly viewers: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly media: MediaOptions;
  readonly results: string | undefined;
}

const WORKERS = [1, 2] as const;

/** Of one processor: a worker that needs less than this could deliver more. */
const BUSY_PERCENT = 90;

/**
 * What one process delivers when it can do no more, and what two do. Over RTMPE, which costs the server most, and with viewers
 * that only count bytes: the load must not need the processors that are to be shown.
 */
export async function compareWorkers(options: WorkersOptions): Promise<void> {
  const { viewers, seconds, rounds, media, results } = options;
  prepareResults(results);
  const reports = new Map<number, RunReport[]>(WORKERS.map((workers) => [workers, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const workers of WORKERS) {
      const server = await headgateWith({ workers }).start();
      try {
        const at = `127.0.0.1:${server.port}/live/bench`;
        const [url, publishUrl] = [`rtmpe://${at}`, `rtmp://${at}`];
        const { pid } = server;
        const report = await run({ url, publishUrl, viewers, seconds, media, isDrained: true, pid });
        reports.get(workers)?.push(report);
        process.stderr.write(
          `round ${round}, ${workers === 1 ? "1 worker" : `${workers} workers`}: ${summary(report)}\n`,
        );
      } finally {
        await server.stop();
      }
    }
  }
  const text = describe(options, reports);
  process.stdout.write(`\n${text}`);
  writeResults(results, { "workers.md": text });
}

function describe(
  { viewers, seconds, media }: WorkersOptions,
  reports: ReadonlyMap<number, RunReport[]>,
): string {
  const rows = [...reports].flatMap(([workers, all]) => all.map((report) => rowOf(workers, report)));
  const of = (workers: number, figure: (report: RunReport) => number): number =>
    figure(medianReport(reports.get(workers) ?? [], figure));
  const ratio = (figure: (report: RunReport) => number): number => of(2, figure) / of(1, figure);
  const perWallSecond = ratio(({ megabitsPerSecond }) => megabitsPerSecond);
  const perCpuSecond = ratio(({ cpuSecondsPerGigabyte = Number.NaN }) => 1 / cpuSecondsPerGigabyte);
  return `Headgate with one worker and with two, ${viewers} viewers over RTMPE of ${(media.bitrate / 1e6).toFixed(1)} Mb/s and sound, ${seconds} s each, in turn; ${machineAndDate()}

${markdownTable(["workers", "delivered Mb/s", "server CPU", "CPU s/GB", "load CPU", "machine"], rows)}
- Two workers deliver ${perWallSecond.toFixed(2)} times as much per second as one (medians).
- Per CPU second they deliver ${perCpuSecond.toFixed(2)} times as much: what is missing from twice as much is processor time that the load and others had.
${of(1, ({ cpuPercent = 0 }) => cpuPercent) < BUSY_PERCENT ? "- One worker had time left: this says nothing of what two can do more. It takes more viewers, or a higher bitrate.\n" : ""}`;
}

function summary({
  megabitsPerSecond,
  cpuPercent,
  cpuSecondsPerGigabyte,
  loadCpuPercent,
}: RunReport): string {
  return [
    `${megabitsPerSecond.toFixed(0)} Mb/s`,
    `server ${cpuPercent?.toFixed(0)}%`,
    `${cpuSecondsPerGigabyte?.toFixed(2)} CPU s/GB`,
    `load ${loadCpuPercent.toFixed(0)}%`,
  ].join(", ");
}

function rowOf(workers: number, report: RunReport): string[] {
  return [
    `${workers}`,
    report.megabitsPerSecond.toFixed(0),
    `${report.cpuPercent?.toFixed(0)}%`,
    report.cpuSecondsPerGigabyte?.toFixed(2) ?? "",
    `${report.loadCpuPercent.toFixed(0)}%`,
    `${report.machineBusyPercent.toFixed(0)}%`,
  ];
}
