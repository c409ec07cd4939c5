import { describeRun, isWhole, type MediaOptions, type RunReport, run } from "@headgate/load";
import { headgateMetric } from "./headgate-metric.ts";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { prepareResults, writeResults } from "./results.ts";
import { headgate } from "./servers.ts";

export interface SoakOptions {
  readonly viewers: number;
  readonly seconds: number;
  readonly stalled: number;
  readonly media: MediaOptions;
  readonly results: string | undefined;
}

const MIB = 2 ** 20;
const MINUTE_SECONDS = 60;

/** Whether Headgate's memory is flat while some of its viewers do not read. Resolves to whether all others were whole. */
export async function soak({ results, ...options }: SoakOptions): Promise<boolean> {
  prepareResults(results);
  const server = await headgate.start();
  try {
    const url = `rtmp://127.0.0.1:${server.port}/live/bench`;
    const report = await run({ url, pid: server.pid, stalledPercent: options.stalled, ...options });
    const logBytes = await headgateMetric(server.adminPort, "headgate_stream_log_bytes");
    const text = describeSoak(options, report, logBytes);
    process.stdout.write(`${text}\n${describeRun(report)}`);
    writeResults(results, { "soak.md": text });
    return isWhole(report);
  } finally {
    await server.stop();
  }
}

function describeSoak(
  { viewers, seconds, stalled, media }: Omit<SoakOptions, "results">,
  report: RunReport,
  logBytes: number,
): string {
  const { eachSecondBytes = [], beforeBytes = 0, endBytes = 0 } = report.memory ?? {};
  const rows: string[][] = [];
  for (let from = 0; from < eachSecondBytes.length; from += MINUTE_SECONDS) {
    const minute = eachSecondBytes.slice(from, from + MINUTE_SECONDS).toSorted((a, b) => a - b);
    const [least, middle, most] = [minute[0]!, minute[minute.length >> 1]!, minute.at(-1)!].map((bytes) =>
      (bytes / MIB).toFixed(1),
    );
    rows.push([`${from / MINUTE_SECONDS + 1}`, least!, middle!, most!]);
  }
  const perViewer = (endBytes - beforeBytes - logBytes) / viewers / 1024;
  return `Headgate with ${viewers} viewers of ${(media.bitrate / 1e6).toFixed(1)} Mb/s and sound for ${seconds} s, of whom ${stalled}% do not read; ${machineAndDate()}

${markdownTable(["minute", "resident MiB, least", "median", "most"], rows)}
- ${(beforeBytes / MIB).toFixed(1)} MiB before the first viewer, ${(endBytes / MIB).toFixed(1)} at the end, of which ${(logBytes / MIB).toFixed(1)} are what is kept of the stream: ${perViewer.toFixed(1)} KiB a viewer beyond that, with what a process that works holds more than an idle one.
- ${report.whole} of the ${viewers - report.stalled} viewers that read missed nothing.
- The ${report.stalled} that do not read were thrown out and came again ${report.returns} times.
- ${report.cpuSecondsPerGigabyte?.toFixed(2)} CPU seconds per delivered GB; the load took ${report.loadCpuPercent.toFixed(0)}% of a processor.
`;
}
