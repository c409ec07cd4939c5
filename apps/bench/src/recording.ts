import { setTimeout as sleep } from "node:timers/promises";
import { type MediaOptions, type RunReport, run } from "@headgate/load";
import { headgateMetric } from "./headgate-metric.ts";
import type { RunningServer } from "./launch.ts";
import { machineAndDate } from "./machine.ts";
import { markdownTable } from "./markdown-table.ts";
import { prepareResults, writeResults } from "./results.ts";
import { headgate, headgateWith } from "./servers.ts";

export interface RecordingOptions {
  readonly format: "mp4" | "flv";
  /** How many streams are recorded at once. */
  readonly streams: readonly number[];
  /** How many viewers play recordings, and of how many files. */
  readonly viewers: number;
  readonly files: readonly number[];
  readonly seconds: number;
  readonly media: MediaOptions;
  readonly results: string | undefined;
}

/** Publishers that only keep the run going while recordings are played: next to nothing. */
const HARDLY_ANYTHING: MediaOptions = {
  bitrate: 0,
  framesPerSecond: 1,
  keyframeSeconds: 1,
  soundBitrate: 1_000,
};

/** For the viewers to come, and for the server to warm up. */
const BEFORE_SECONDS = 25;

/** For the files to be finished: an index is written to each. */
const FINISHED_WITHIN_MS = 60_000;

/** What recording streams costs, and what viewers of recordings cost beside viewers of a live stream. */
export async function recording(options: RecordingOptions): Promise<void> {
  const { streams, files, viewers, results } = options;
  prepareResults(results);
  const writing: string[][] = [];
  for (const count of streams) writing.push(await measureWriting(count, options));
  const playing = [playedRow(`live, ${viewers} viewers`, await measureLive(options))];
  for (const count of files) {
    const name = count === 1 ? "one recording" : `${count} recordings`;
    playing.push(playedRow(`${name}, ${viewers} viewers`, await measurePlaying(count, options)));
  }
  const text = `Headgate records ${options.format} and plays it, ${(options.media.bitrate / 1e6).toFixed(1)} Mb/s and sound, ${options.seconds} s each; ${machineAndDate()}

${markdownTable(["streams", "CPU without recording", "CPU with", "a stream", "MiB without", "MiB with", "lagged"], writing)}
${markdownTable(["what is played", "whole", "Mb/s", "CPU s/GB", "KiB a viewer"], playing)}`;
  process.stdout.write(text);
  writeResults(results, { [`recording-${options.format}.md`]: text });
}

/** The same publishers without recording and with it. */
async function measureWriting(publishers: number, options: RecordingOptions): Promise<string[]> {
  const load = { ...options, viewers: 0, publishers, settleSeconds: BEFORE_SECONDS };
  const without = await withServer(headgate, (server) =>
    run({ ...load, url: urlAt(server, "bench"), pid: server.pid }),
  );
  let lags = Number.NaN;
  const recorded = await withServer(recorder(options), async (server) => {
    const report = await run({ ...load, url: urlAt(server, "bench"), pid: server.pid });
    lags = await headgateMetric(server.adminPort, "headgate_recording_lags_total");
    return report;
  });
  const more = ((recorded.cpuPercent ?? Number.NaN) - (without.cpuPercent ?? Number.NaN)) / publishers;
  return [
    `${publishers}`,
    ...[without, recorded].map(({ cpuPercent }) => `${cpuPercent?.toFixed(1)}%`),
    `${more.toFixed(2)}%`,
    ...[without, recorded].map(({ memory }) => ((memory?.endBytes ?? Number.NaN) / 2 ** 20).toFixed(0)),
    `${lags}`,
  ];
}

function measureLive(options: RecordingOptions): Promise<RunReport> {
  const load = { ...options, settleSeconds: BEFORE_SECONDS };
  return withServer(headgate, (server) => run({ ...load, url: urlAt(server, "bench"), pid: server.pid }));
}

/** Records the files first, for as long as they will be played. */
function measurePlaying(files: number, options: RecordingOptions): Promise<RunReport> {
  return withServer(recorder(options), async (server) => {
    const load = { ...options, publishers: files };
    const length = 2 * BEFORE_SECONDS + options.seconds;
    await run({ ...load, viewers: 0, seconds: length, settleSeconds: 0, url: urlAt(server, "bench") });
    await finished(server);
    return run({
      ...load,
      url: urlAt(server, `${options.format}:bench`),
      publishUrl: `rtmp://127.0.0.1:${server.port}/idle/bench`,
      media: HARDLY_ANYTHING,
      settleSeconds: BEFORE_SECONDS,
      pid: server.pid,
    });
  });
}

/** Resolves when all recordings are complete; throws if they are not in time. */
async function finished(server: RunningServer): Promise<void> {
  const endMs = performance.now() + FINISHED_WITHIN_MS;
  for (;;) {
    const open = await headgateMetric(server.adminPort, "headgate_recordings");
    if (open === 0) return;
    if (performance.now() > endMs)
      throw new Error(
        `${open} recordings are not complete ${FINISHED_WITHIN_MS / 1000} s after their streams have ended: is there room on the disk?`,
      );
    await sleep(200);
  }
}

function recorder({ format }: RecordingOptions): ReturnType<typeof headgateWith> {
  // No number in the name: it is played by it.
  const record = { format, name: "{app}/{stream}" };
  return headgateWith({ applications: { "*": { resumeWindow: "0s" }, live: { record } } });
}

async function withServer<Result>(
  kind: ReturnType<typeof headgateWith>,
  work: (server: RunningServer) => Promise<Result>,
): Promise<Result> {
  const server = await kind.start();
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

function urlAt({ port }: RunningServer, stream: string): string {
  return `rtmp://127.0.0.1:${port}/live/${stream}`;
}

function playedRow(name: string, report: RunReport): string[] {
  const { whole, viewers, megabitsPerSecond, cpuSecondsPerGigabyte, residentBytesPerViewer } = report;
  return [
    name,
    `${whole}/${viewers}`,
    megabitsPerSecond.toFixed(0),
    `${cpuSecondsPerGigabyte?.toFixed(2)}`,
    ((residentBytesPerViewer ?? Number.NaN) / 1024).toFixed(0),
  ];
}
