import { Child } from "./child-processes.ts";
import type { Scheme } from "./headgate-server.ts";
import { FFMPEG8_SCRIPT, ffmpeg, ffmpeg8, gstreamer, gstreamerLibrtmp, type Program } from "./programs.ts";
import { ANY_CERTIFICATE } from "./publishers.ts";

/** What a program shows: parameters behind the stream's name, or a user and a password that it has an option for. */
export interface Shown {
  readonly query?: string;
  readonly user?: { readonly name: string; readonly password: string };
}

interface Target {
  readonly port: number;
  readonly scheme: Scheme;
  /** `APPLICATION/STREAM` */
  readonly path: string;
  readonly shown: Shown;
}

/** One program over one transport. */
export interface Way {
  readonly program: Program;
  readonly scheme: Scheme;
  /** Debian's librtmp corrupts its memory when it is asked for a password. */
  readonly hasNoUsers?: true;
  /** Publishes this FLV file. */
  publish(target: Target, file: string): Child;
  /** Plays until the stream ends. */
  play(target: Target): Child;
}

/** The user stands in it. */
function urlOf({ port, scheme, path, shown: { query, user } }: Target): string {
  const before = user === undefined ? "" : `${user.name}:${user.password}@`;
  const behind = query === undefined ? "" : `?${query}`;
  return `${scheme}://${before}127.0.0.1:${port}/${path}${behind}`;
}

const QUIETLY = ["-nostdin", "-v", "error"];

const ffmpegWay = (scheme: Scheme): Way => ({
  program: ffmpeg,
  scheme,
  publish: (target, file) =>
    new Child("ffmpeg", [...QUIETLY, "-i", file, "-c", "copy", "-f", "flv", urlOf(target)]),
  play: (target) =>
    new Child("ffmpeg", [...QUIETLY, "-i", urlOf(target), "-map", "0", "-c", "copy", "-f", "framecrc", "-"]),
});

const ffmpeg8Way = (scheme: Scheme): Way => ({
  program: ffmpeg8,
  scheme,
  publish: (target, file) => new Child(process.execPath, [FFMPEG8_SCRIPT, "publish", file, urlOf(target)]),
  play: (target) => new Child(process.execPath, [FFMPEG8_SCRIPT, "packets", urlOf(target)]),
});

function gstreamerWith(...pipeline: readonly string[]): Child {
  return new Child("gst-launch-1.0", ["-q", ...pipeline]);
}

/** Pictures of its own in place of those of the file. */
const PICTURES = "videotestsrc num-buffers=5 ! x264enc tune=zerolatency ! flvmux streamable=true !".split(
  " ",
);

/** An FLV file without media would be an error. */
const TO_MEDIA = ["!", "flvdemux", "!", "fakesink"];

/** rtmp2sink and rtmp2src take the user by options. */
const gstreamerWay = (scheme: Scheme): Way => {
  const options = ({ shown: { user, query }, ...target }: Target): readonly string[] => [
    ANY_CERTIFICATE,
    `location=${urlOf({ ...target, shown: query === undefined ? {} : { query } })}`,
    ...(user ? [`username=${user.name}`, `password=${user.password}`] : []),
  ];
  return {
    program: gstreamer,
    scheme,
    publish: (target) => gstreamerWith(...PICTURES, "rtmp2sink", ...options(target)),
    play: (target) => gstreamerWith("rtmp2src", ...options(target), ...TO_MEDIA),
  };
};

/** rtmpsrc connects again when the stream ends. Less than a file has. */
const A_MOMENT = ["blocksize=256", "num-buffers=20"];

/** It knows the tunnel. */
const gstreamerLibrtmpWay = (scheme: Scheme): Way => ({
  program: gstreamerLibrtmp,
  scheme,
  hasNoUsers: true,
  publish: (target) => gstreamerWith(...PICTURES, "rtmpsink", `location=${urlOf(target)} live=1`),
  play: (target) => gstreamerWith("rtmpsrc", ...A_MOMENT, `location=${urlOf(target)}`, ...TO_MEDIA),
});

/** The ways of each program, which librtmp begins, because it waits for five seconds when it is refused. */
export const CREDENTIAL_CLIENTS: readonly (readonly Way[])[] = [
  [gstreamerLibrtmpWay("rtmpt"), gstreamerWay("rtmp"), gstreamerWay("rtmps")],
  (["rtmp", "rtmps", "rtmpt"] as const).map(ffmpegWay),
  (["rtmp", "rtmps", "rtmpt"] as const).map(ffmpeg8Way),
];
