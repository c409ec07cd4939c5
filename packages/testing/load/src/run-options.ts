import { type Command, InvalidArgumentError, Option } from "commander";
import type { RunOptions } from "./run.ts";
import type { MediaOptions } from "./synthetic-media.ts";

/** The options of the load. */
export interface LoadValues {
  readonly viewers: number;
  readonly seconds: number;
  readonly bitrate: number;
  readonly fps: number;
  readonly gop: number;
}

/** The options of a run. */
export interface RunValues extends LoadValues {
  readonly publish?: string;
  readonly pid?: number;
  readonly stalled?: number;
  readonly prompt?: number;
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly json?: boolean;
}

/** Options of all commands that publish and play. */
export function withLoadOptions(command: Command): Command {
  return command
    .option("--viewers <count>", "the number of viewers", whole, 500)
    .option("--seconds <seconds>", "the duration of the measurement", positive, 20)
    .option("--bitrate <bits>", "the bits per second of the video", positive, 2_500_000)
    .option("--fps <frames>", "frames per second", positive, 30)
    .option("--gop <seconds>", "the time from keyframe to keyframe", positive, 2);
}

/** Options of commands that measure one running server. */
export function withRunOptions(command: Command): Command {
  command
    .description(
      "publish a stream, have viewers play it, and report what they received and what that cost the server",
    )
    .argument("<url>", "rtmp://HOST[:PORT]/APPLICATION/STREAM, or rtmps, rtmpt, rtmpts, rtmpe, rtmpte");
  return withLoadOptions(command)
    .option("--publish <url>", "where to publish, if not to the same URL")
    .option("--pid <pid>", "the server's process on this machine, whose costs to report", whole)
    .option("--stalled <percent>", "the share of viewers that stop reading after their first frames", percent)
    .addOption(promptOption())
    .option("--ca <file>", "trust the authorities in this PEM file instead of the usual ones")
    .option("--insecure", "accept any certificate")
    .option("--json", "print JSON");
}

/** The option of commands that measure the latency. */
export function promptOption(): Option {
  return new Option(
    "--prompt <count>",
    "how many viewers read at once and measure the latency; the others read ten times a second",
  )
    .argParser(whole)
    .default(undefined, "100");
}

export function mediaOf({ bitrate, fps, gop }: LoadValues): MediaOptions {
  return { bitrate, framesPerSecond: fps, keyframeSeconds: gop };
}

export function runOptionsOf(url: string, values: RunValues): RunOptions {
  const { viewers, seconds, publish, pid, stalled, prompt, ca, insecure = false } = values;
  const media = mediaOf(values);
  const trust = { caFile: ca, insecure };
  return { url, publishUrl: publish, viewers, stalledPercent: stalled, prompt, seconds, media, pid, trust };
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError("It must be a number greater than 0.");
  return number;
}

function whole(text: string): number {
  const number = positive(text);
  if (!Number.isInteger(number)) throw new InvalidArgumentError("It must be a whole number.");
  return number;
}

function percent(text: string): number {
  const number = positive(text);
  if (number >= 100) throw new InvalidArgumentError("It must be less than 100, so that some viewers read.");
  return number;
}
