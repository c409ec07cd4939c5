import { readFile } from "node:fs/promises";
import { Child, type ChildOptions } from "./child-processes.ts";
import {
  areMissing,
  FFMPEG8_SCRIPT,
  ffmpeg,
  ffmpeg8,
  ffprobe,
  gstreamer,
  gstreamerLibrtmp,
  type Program,
  rtmpdump,
  titleOf,
} from "./programs.ts";
import { ANY_CERTIFICATE, type Publisher } from "./publishers.ts";
import { parseFramehash, parseProbe, type Recording, readFlvFile } from "./recording.ts";

/** One program playing a stream and leaving a list of what it got. */
export interface Player {
  readonly title: string;
  readonly isMissing: boolean;
  /** Why the program itself cannot play this, whatever the server. */
  cannotPlay(publisher: Publisher): string | undefined;
  /** Plays into a file until the stream ends. */
  start(url: string, file: string, environment?: NodeJS.ProcessEnv): Child;
  read(file: string): Promise<Recording>;
  /** Reads the FLV file a publisher left with the same eyes as `read`. */
  readReference(file: string): Promise<Recording>;
  /** How many of the last packets the program itself may lose. */
  readonly mayLoseAtEnd: number;
  /** Set if it connects again when the stream ends, so that it has to be stopped. */
  readonly outlivesStream?: true;
}

function optionsOf(environment: NodeJS.ProcessEnv | undefined): ChildOptions {
  return environment === undefined ? {} : { environment: { ...process.env, ...environment } };
}

/** Players that write the messages to an FLV file as they come can carry every codec. */
function flvWriter(program: Program, title: string, start: Player["start"]): Player {
  return {
    title,
    isMissing: areMissing(program),
    cannotPlay: () => undefined,
    start,
    read: readFlvFile,
    readReference: readFlvFile,
    mayLoseAtEnd: 0,
  };
}

function rtmpdumpPlayer(title: string, options: readonly string[]): Player {
  return flvWriter(
    rtmpdump,
    title,
    (url, file, environment) =>
      new Child("rtmpdump", [...options, "-r", url, "-o", file], optionsOf(environment)),
  );
}

function withoutEnhancedRtmp({ isEnhanced }: Publisher): string | undefined {
  return isEnhanced ? `FFmpeg reads Enhanced RTMP from 6.1 on` : undefined;
}

const PROBE = ["-v", "warning", "-show_streams", "-show_packets", "-show_data_hash", "md5", "-of", "compact"];

async function outputOf(child: Child): Promise<string> {
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${child.command}\n${child.errors}`);
  return child.output;
}

export const ffmpegPlayer: Player = {
  title: titleOf(ffmpeg),
  isMissing: areMissing(ffmpeg, ffprobe),
  cannotPlay: withoutEnhancedRtmp,
  mayLoseAtEnd: 0,
  start: (url, file, environment) => {
    const untouched = ["-c", "copy", "-avoid_negative_ts", "disabled", "-f", "framehash", "-hash", "md5"];
    const args = [
      "-nostdin",
      "-v",
      "warning",
      "-copyts",
      "-i",
      url,
      ...untouched,
      "-flush_packets",
      "1",
      "-y",
      file,
    ];
    return new Child("ffmpeg", args, optionsOf(environment));
  },
  read: async (file) => parseFramehash(await readFile(file, "utf8")),
  // Unlike framehash, ffprobe says which packets are keyframes.
  readReference: async (file) => parseProbe(await outputOf(new Child("ffprobe", [...PROBE, file]))),
};

const ffprobePlayer: Player = {
  title: titleOf(ffprobe),
  isMissing: areMissing(ffprobe),
  cannotPlay: withoutEnhancedRtmp,
  mayLoseAtEnd: 0,
  start: (url, file, environment) =>
    new Child("ffprobe", [...PROBE, url], { outputFile: file, ...optionsOf(environment) }),
  read: async (file) => parseProbe(await readFile(file, "utf8")),
  readReference: ffmpegPlayer.readReference,
};

export const ffmpeg8Player: Player = {
  title: titleOf(ffmpeg8),
  isMissing: areMissing(ffmpeg8),
  cannotPlay: () => undefined,
  mayLoseAtEnd: 0,
  start: (url, file, environment) =>
    new Child(process.execPath, [FFMPEG8_SCRIPT, "packets", url], {
      outputFile: file,
      ...optionsOf(environment),
    }),
  read: async (file) => parseProbe(await readFile(file, "utf8")),
  readReference: async (file) =>
    parseProbe(await outputOf(new Child(process.execPath, [FFMPEG8_SCRIPT, "packets", file]))),
};

/** rtmpdump that says it wants a live stream; without `-v` it asks for a recording first. */
export const rtmpdumpLivePlayer: Player = rtmpdumpPlayer(`${titleOf(rtmpdump)} -v`, ["-v"]);

const gstreamerPlayer: Player = {
  ...flvWriter(gstreamer, titleOf(gstreamer), (url, file) => {
    const pipeline = ["rtmp2src", `location=${url}`, ANY_CERTIFICATE, "!", "filesink", `location=${file}`];
    return new Child("gst-launch-1.0", ["-q", ...pipeline]);
  }),
  // When the stream ends, rtmp2src throws away a message it has read but not handed on (gst_rtmp2_src_task_func).
  mayLoseAtEnd: 1,
};

export const everyPlayer: readonly Player[] = [
  ffmpegPlayer,
  ffprobePlayer,
  ffmpeg8Player,
  rtmpdumpLivePlayer,
  rtmpdumpPlayer(titleOf(rtmpdump), []),
  gstreamerPlayer,
];

export const gstreamerLibrtmpPlayer: Player = {
  ...flvWriter(gstreamerLibrtmp, titleOf(gstreamerLibrtmp), (url, file) => {
    // Small blocks that are written at once: it has to be stopped, and what it holds then is lost.
    const source = ["rtmpsrc", "blocksize=64", `location=${url} live=1`];
    const pipeline = [...source, "!", "filesink", "buffer-mode=unbuffered", `location=${file}`];
    return new Child("gst-launch-1.0", ["-q", ...pipeline]);
  }),
  outlivesStream: true,
  mayLoseAtEnd: 1,
};
