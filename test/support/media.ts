import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./child-processes.ts";
import { ffmpeg } from "./programs.ts";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/headgate-interop/", import.meta.url));

/** 25 frames a second of which no two are equal, so that a packet's hash says which one it is. */
export function picture(source: "testsrc2" | "testsrc" = "testsrc2", size = "320x180"): string[] {
  return ["-f", "lavfi", "-i", `${source}=size=${size}:rate=25,format=yuv420p`];
}

/** 25 frames a second that show their number: ten columns from the left, dark or bright, the lowest bit first. */
export function numbered(): string[] {
  const columns = "color=size=10x2:rate=25,format=gray,geq=lum='16+219*mod(floor(N/pow(2,X)),2)'";
  return ["-f", "lavfi", "-i", `${columns},scale=320:180:flags=neighbor,format=yuv420p`];
}

/** A tone that is 200 Hz higher each second, from 400 Hz on. */
export function scale(sampleRate = 48_000): string[] {
  return ["-f", "lavfi", "-i", `aevalsrc='sin(2*PI*(400+200*floor(t))*t)':sample_rate=${sampleRate}`];
}

/** Noise, which never repeats, for the same reason. */
export function sound(seed = 1, sampleRate = 48_000): string[] {
  return ["-f", "lavfi", "-i", `anoisesrc=sample_rate=${sampleRate}:color=pink:amplitude=0.3:seed=${seed}`];
}

/** H.264 with a keyframe every second and B-frames, for the output stream `stream`. */
export function h264(stream = "v", bitrate = "150k"): string[] {
  const codec = [`-c:${stream}`, "libx264", `-preset:${stream}`, "veryfast", `-bf:${stream}`, "2"];
  const keyframes = [`-g:${stream}`, "25", `-sc_threshold:${stream}`, "0"];
  return [...codec, ...keyframes, `-b:${stream}`, bitrate];
}

/** HEVC with a keyframe every second and B-frames, for the output stream `stream`. */
export function hevc(stream = "v"): string[] {
  const keyframes = ["-x265-params", "log-level=error:keyint=25:min-keyint=25:scenecut=0:bframes=2"];
  return [`-c:${stream}`, "libx265", `-preset:${stream}`, "ultrafast", ...keyframes, `-b:${stream}`, "150k"];
}

export const AV1: readonly string[] = ["-c:v", "libsvtav1", "-preset", "12", "-g", "25"];

export const VP9: readonly string[] = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -b:v 150k".split(
  " ",
);

export const SORENSON: readonly string[] = ["-c:v", "flv", "-g", "25", "-b:v", "300k"];

/** Two channels of the encoder `codec`, for the output stream `stream`. */
export function audio(codec: "aac" | "libopus" | "flac" | "ac3" | "libmp3lame", stream = "a"): string[] {
  return [`-c:${stream}`, codec, `-ac:${stream}`, "2", `-b:${stream}`, "96k"];
}

/** A file ffmpeg makes with these arguments, made once per machine and kept. */
export function encoded(args: readonly string[], extension = "mp4"): string {
  const key = createHash("md5")
    .update([ffmpeg.version, ...args].join(" "))
    .digest("hex");
  const file = `${CACHE}${key.slice(0, 12)}.${extension}`;
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  // Another worker may want the same file: it appears under its name only when it is whole.
  const unfinished = `${CACHE}${process.pid}-${key.slice(0, 12)}.${extension}`;
  // FLAC in MP4 counts as experimental.
  const whole = ["-nostdin", "-v", "error", "-y", ...args, "-strict", "experimental", unfinished];
  const { succeeded, output } = run("ffmpeg", whole);
  if (!succeeded) throw new Error(`ffmpeg could not make a test input:\n${output}\n${args.join(" ")}`);
  renameSync(unfinished, file);
  return file;
}
