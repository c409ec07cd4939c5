import { Child } from "./child-processes.ts";
import { AV1, audio, encoded, h264, hevc, picture, SORENSON, sound, VP9 } from "./media.ts";
import {
  areMissing,
  FFMPEG8_SCRIPT,
  ffmpeg,
  ffmpeg8,
  gstreamer,
  gstreamerLibrtmp,
  type Program,
} from "./programs.ts";

/** One program publishing one kind of media. */
export interface Publisher {
  readonly program: Program;
  /** Video/audio, as a test's name shows them. */
  readonly media: string;
  /** Uses Enhanced RTMP, which older players cannot read. */
  readonly isEnhanced: boolean;
  readonly isMissing: boolean;
  /**
   * Starts publishing in real time to `url` and writes to the file `reference` what it publishes, as FLV. The file is
   * whole when the program has ended.
   */
  start(url: string, reference: string, environment?: NodeJS.ProcessEnv): Promise<Child>;
}

const SECONDS = 7;

/** ffmpeg publishes a file as it is; the reference comes from the same FLV muxer, writing to a file. */
export async function publishWithFfmpeg(
  file: string,
  url: string,
  reference: string,
  options: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const copy = ["-i", file, ...options, "-c", "copy", "-flvflags", "no_duration_filesize", "-f", "flv"];
  await succeed(new Child("ffmpeg", ["-nostdin", "-v", "error", ...copy, "-y", reference]));
  return new Child("ffmpeg", ["-nostdin", "-v", "warning", "-re", ...copy, url], {
    environment: { ...process.env, ...environment },
  });
}

async function publishWithFfmpeg8(file: string, url: string, reference: string): Promise<Child> {
  await succeed(new Child(process.execPath, [FFMPEG8_SCRIPT, "remux", file, reference]));
  return new Child(process.execPath, [FFMPEG8_SCRIPT, "publish", file, url]);
}

/** Of GStreamer's RTMP elements: the certificate may be one that nobody vouches for. */
export const ANY_CERTIFICATE = "tls-validation-flags=0";

/** For the first picture: without it flvmux first writes metadata of sound alone, which rtmp2sink then leaves out. */
const PATIENCE_NS = 1_000_000_000;

/** GStreamer encodes live; the reference is what its muxer hands to the sink, which comes with its further options. */
async function publishWithGstreamer(sink: string, url: string, reference: string): Promise<Child> {
  const pipeline = `
    flvmux name=mux streamable=true latency=${PATIENCE_NS} ! tee name=out
    out. ! queue ! ${sink} location=${url}
    out. ! queue ! filesink location=${reference}
    videotestsrc is-live=true num-buffers=${SECONDS * 25} pattern=ball
      ! video/x-raw,width=320,height=180,framerate=25/1 ! timeoverlay
      ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 bitrate=150 ! queue ! mux.
    audiotestsrc is-live=true num-buffers=${Math.ceil((SECONDS * 48_000) / 1024)} wave=pink-noise
      ! audio/x-raw,rate=48000,channels=2 ! voaacenc bitrate=64000 ! queue ! mux.`;
  return new Child("gst-launch-1.0", ["-q", ...pipeline.trim().split(/\s+/)]);
}

async function succeed(child: Child): Promise<void> {
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${child.command}\n${child.errors}`);
}

function ffmpegPublisher(media: string, args: readonly string[], extension?: string): Publisher {
  return {
    program: ffmpeg,
    media,
    isEnhanced: false,
    isMissing: areMissing(ffmpeg),
    start: (url, reference, environment) =>
      publishWithFfmpeg(encoded(args, extension), url, reference, [], environment),
  };
}

function ffmpeg8Publisher(media: string, args: readonly string[]): Publisher {
  return {
    program: ffmpeg8,
    media,
    isEnhanced: true,
    // Debian's ffmpeg has the encoders for the files this one publishes.
    isMissing: areMissing(ffmpeg, ffmpeg8),
    start: (url, reference) => publishWithFfmpeg8(encoded(args), url, reference),
  };
}

function gstreamerPublisher(program: Program, sink: string): Publisher {
  return {
    program,
    media: "H.264/AAC",
    isEnhanced: false,
    isMissing: areMissing(program),
    start: (url, reference) => publishWithGstreamer(sink, url, reference),
  };
}

const LENGTH = ["-t", `${SECONDS}`];
const AV = [...picture(), ...sound(), ...LENGTH];
const TWO_OF_EACH = [...picture(), ...picture("testsrc"), ...sound(), ...sound(2), ...LENGTH];

const H264_AAC = [...AV, ...h264(), ...audio("aac")];

/** The same pictures and sounds from everybody, for what is about the way they take. */
export const ffmpegH264: Publisher = ffmpegPublisher("H.264/AAC", H264_AAC);
export const ffmpeg8H264: Publisher = { ...ffmpeg8Publisher("H.264/AAC", H264_AAC), isEnhanced: false };
export const ffmpeg8Hevc: Publisher = ffmpeg8Publisher("HEVC/AAC", [...AV, ...hevc(), ...audio("aac")]);
export const gstreamerLibrtmpH264: Publisher = gstreamerPublisher(gstreamerLibrtmp, "rtmpsink");

const MINUTE = ["-t", "60"];

/** For what shows only after a while. */
export const ffmpegMinute: Publisher = ffmpegPublisher("a minute of H.264/AAC", [
  ...[...picture(), ...sound(), ...MINUTE],
  ...[...h264(), ...audio("aac")],
]);

export const everyPublisher: readonly Publisher[] = [
  ffmpegH264,
  ffmpegPublisher(
    "Sorenson H.263/MP3",
    [...picture(), ...sound(1, 44_100), ...LENGTH, ...SORENSON, ...audio("libmp3lame")],
    "flv",
  ),
  ffmpegPublisher("AAC alone", [...sound(), ...LENGTH, ...audio("aac")]),
  ffmpegPublisher("H.264 alone", [...picture(), ...LENGTH, ...h264()]),
  gstreamerPublisher(gstreamer, `rtmp2sink ${ANY_CERTIFICATE}`),
  ffmpeg8Hevc,
  ffmpeg8Publisher("AV1/Opus", [...AV, ...AV1, ...audio("libopus")]),
  ffmpeg8Publisher("VP9/FLAC", [...AV, ...VP9, ...audio("flac")]),
  ffmpeg8Publisher("HEVC/AC-3", [...AV, ...hevc(), ...audio("ac3")]),
  ffmpeg8Publisher("H.264 and HEVC/AAC and Opus as two tracks each", [
    ...[...TWO_OF_EACH, "-map", "0", "-map", "1", "-map", "2", "-map", "3"],
    ...[...h264("v:0"), ...hevc("v:1"), ...audio("aac", "a:0"), ...audio("libopus", "a:1")],
  ]),
];
