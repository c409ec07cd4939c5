import { type MediaOptions, run } from "@headgate/load";
import { headgateMetric } from "./headgate-metric.ts";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { prepareResults, writeResults } from "./results.ts";
import { headgate } from "./servers.ts";

export interface MemoryOptions {
  readonly viewers: readonly number[];
  readonly seconds: number;
  readonly media: MediaOptions;
  readonly results: string | undefined;
}

/** Headgate's memory for this many viewers, beyond what it held before and what is kept of the stream. */
interface Growth {
  readonly viewers: number;
  readonly whole: number;
  readonly beforeBytes: number;
  readonly endBytes: number;
  readonly logBytes: number;
}

/** What a viewer costs in memory: a process that works holds more than an idle one, so it takes several numbers of viewers. */
export async function memory({ viewers: counts, seconds, media, results }: MemoryOptions): Promise<void> {
  if (new Set(counts).size < 2)
    throw new Error("--counts: it takes two numbers of viewers to tell what one costs");
  prepareResults(results);
  const growths: Growth[] = [];
  for (const viewers of counts.toSorted((a, b) => a - b))
    growths.push(await measure(viewers, seconds, media));
  const rows = growths.map(({ viewers, whole, beforeBytes, endBytes, logBytes }) => [
    ...[`${viewers}`, `${whole}`, mebibytes(beforeBytes), mebibytes(endBytes), mebibytes(logBytes)],
    kibibytes((endBytes - beforeBytes - logBytes) / viewers),
  ]);
  const head = [
    "viewers",
    "whole",
    "MiB before",
    "MiB with them",
    "of it the stream",
    "KiB a viewer beyond it",
  ];
  const [least, most] = [growths[0]!, growths.at(-1)!];
  const more =
    (most.endBytes - most.logBytes - least.endBytes + least.logBytes) / (most.viewers - least.viewers);
  const text = `Headgate's resident memory by viewers of ${(media.bitrate / 1e6).toFixed(1)} Mb/s and sound, each number with a new process; ${machineAndDate()}

${markdownTable(head, rows)}
- From ${least.viewers} to ${most.viewers} viewers each one more takes ${kibibytes(more)} KiB.
`;
  process.stdout.write(text);
  writeResults(results, { "memory.md": text });
}

async function measure(viewers: number, seconds: number, media: MediaOptions): Promise<Growth> {
  const server = await headgate.start();
  try {
    const url = `rtmp://127.0.0.1:${server.port}/live/bench`;
    const { whole, memory } = await run({ url, viewers, seconds, media, pid: server.pid });
    const logBytes = await headgateMetric(server.adminPort, "headgate_stream_log_bytes");
    return { viewers, whole, logBytes, beforeBytes: memory!.beforeBytes, endBytes: memory!.endBytes };
  } finally {
    await server.stop();
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function kibibytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
