import { type Command, InvalidArgumentError, Option } from "commander";
import type { RunOptions } from "./run.ts";
import type { MediaOptions } from "./synthetic-media.ts";

/** What a command line says of the load. */
export interface LoadValues {
  readonly viewers: number;
  readonly seconds: number;
  readonly bitrate: number;
  readonly fps: number;
  readonly gop: number;
}

/** What a command line says of a run. */
export interface RunValues extends LoadValues {
  readonly publish?: string;
  readonly pid?: number;
  readonly stalled?: number;
  readonly prompt?: number;
  readonly json?: boolean;
}

/** What all commands take that publish and play. */
export function withLoadOptions(command: Command): Command {
  return command
    .option("--viewers <count>", "how many play", whole, 500)
    .option("--seconds <seconds>", "how long is measured", positive, 20)
    .option("--bitrate <bits>", "of the video, in bits per second", positive, 2_500_000)
    .option("--fps <frames>", "frames per second", positive, 30)
    .option("--gop <seconds>", "from keyframe to keyframe", positive, 2);
}

/** What a command takes that measures one server that runs already. */
export function withRunOptions(command: Command): Command {
  command
    .description(
      "publish a stream, have viewers play it, and say what they got and what that cost the server",
    )
    .argument("<url>", "rtmp://HOST[:PORT]/APPLICATION/STREAM, or rtmps, rtmpt, rtmpts, rtmpe, rtmpte");
  return withLoadOptions(command)
    .option("--publish <url>", "where to publish, if not to the same URL")
    .option("--pid <pid>", "the server's process, on this machine: its costs are told", whole)
    .option("--stalled <percent>", "so many of the viewers stop reading after their first frames", percent)
    .addOption(promptOption())
    .option("--json", "for machines");
}

/** What those take that say how late the stream is. */
export function promptOption(): Option {
  return new Option(
    "--prompt <count>",
    "how many read what comes as it comes, and tell how late it is; the others read ten times a second",
  )
    .argParser(whole)
    .default(undefined, "100");
}

export function mediaOf({ bitrate, fps, gop }: LoadValues): MediaOptions {
  return { bitrate, framesPerSecond: fps, keyframeSeconds: gop };
}

export function runOptionsOf(url: string, values: RunValues): RunOptions {
  const { viewers, seconds, publish, pid, stalled, prompt } = values;
  const media = mediaOf(values);
  return { url, publishUrl: publish, viewers, stalledPercent: stalled, prompt, seconds, media, pid };
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
  if (number >= 100) throw new InvalidArgumentError("Somebody must read: it must be less than 100.");
  return number;
}
