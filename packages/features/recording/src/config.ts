import {
  count,
  DAY,
  duration,
  type Field,
  file,
  formatDuration,
  formatSize,
  GIB,
  group,
  HOUR,
  MIB,
  type Mistake,
  oneOf,
  optional,
  parseDuration,
  parsed,
  parseSize,
  SECOND,
  type Section,
  size,
  text,
} from "@headgate/config";
import { NamePattern } from "./recording-name.ts";
import { parseCommand } from "./upload/upload-command.ts";
import { UploadUrl } from "./upload/upload-url.ts";

/** Where recordings are, and which are kept. */
export interface RecordingOptions {
  readonly root: string;
  readonly keep: KeepOptions;
  readonly upload: UploadOptions;
}

/** Where finished recordings are sent: to a URL or by a command, or nowhere. */
export interface UploadOptions {
  readonly url: UploadUrl | undefined;
  readonly method: "PUT" | "POST";
  /** A program and its arguments. */
  readonly command: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly atOnce: number;
}

/** What is more than this is deleted, the oldest first. */
export interface KeepOptions {
  readonly ageMs: number | undefined;
  readonly bytes: number | undefined;
  /** A part of the disk, from 0 to 1. */
  readonly freeDisk: number | undefined;
}

/** What is recorded of an application's streams. */
export interface ApplicationRecording {
  readonly record: RecordOptions;
  /** The folder of the files that can be played; empty: that of the application's recordings. */
  readonly vod: string;
}

export interface RecordOptions {
  readonly format: "off" | RecordingFormat;
  /** `asked`: only what its publisher or an operator wants to be recorded. */
  readonly when: "always" | "asked";
  /** A pattern of the names of streams. */
  readonly streams: string;
  readonly segmentMs: number;
  readonly segmentBytes: number;
  readonly name: NamePattern;
}

export type RecordingFormat = "mp4" | "flv";

const MOST_AGE_MS = 3_650 * DAY;

/** Each reads from the disk, which is needed for recording, and may be a process. */
const MOST_UPLOADS_AT_ONCE = 16;

/** Shorter files would be more work for the disk than their content. */
const LEAST_SEGMENT_MS = 2 * SECOND;
const LEAST_SEGMENT_BYTES = MIB;

const DEFAULT_NAME = "{app}/{stream}/%Y-%m-%d/%H-%M-%S";

const KEEP: Section<KeepOptions> = {
  ageMs: optional<number>("age", {
    reload: "live",
    description: "How long a recording is kept after its end.",
    expects: 'a duration with its unit from 1s to 3650d, such as "7d"',
    parse: (written) => within(parseDuration(written), SECOND, MOST_AGE_MS),
    format: formatDuration,
  }),
  bytes: optional<number>("size", {
    reload: "live",
    description: "How large all recordings may be together.",
    expects: 'a size from 1MiB up, such as "200GiB"',
    writtenAs: "number | string",
    parse: (written) => within(parseSize(written), MIB, Number.MAX_SAFE_INTEGER),
    format: formatSize,
  }),
  freeDisk: optional<number>("freeDisk", {
    reload: "live",
    description: "How much of the disk stays free.",
    expects: 'a part of the disk from 1% to 90%, such as "10%"',
    parse: (written) => {
      const [, percent] = /^(\d{1,2}(?:\.\d+)?) ?%$/.exec(String(written)) ?? [];
      return percent === undefined ? undefined : within(Number(percent) / 100, 0.01, 0.9);
    },
    format: (part) => `${part * 100}%`,
  }),
};

const UPLOAD: Section<UploadOptions> = {
  url: optional<UploadUrl>("url", {
    reload: "live",
    isSecret: true,
    description:
      "The URL of an HTTP server that gets each recording when it is finished. {file} stands for its path below the root; without it that is added to the URL's path.",
    expects: 'the URL of an HTTP server such as "https://store.example.com/recordings/"',
    parse: (written) => (typeof written === "string" ? UploadUrl.parse(written) : undefined),
  }),
  method: oneOf("method", ["PUT", "POST"], {
    default: "PUT",
    reload: "live",
    description: "How it is sent there. The file is the body.",
  }),
  command: optional<readonly string[]>("command", {
    reload: "live",
    description:
      "A program that is run for each recording when it is finished, and its arguments, in place of the URL. {path} stands for where the file is, {file} for its path below the root, in which the program runs. There is no shell.",
    expects:
      'a program and its arguments, of which one has {path} or {file} and none begins with {file}, such as ["cp", "{path}", "/mnt/archive/"]',
    writtenAs: 'readonly string[] | ""',
    parse: parseCommand,
  }),
  timeoutMs: duration("timeout", {
    default: HOUR,
    range: [SECOND, DAY],
    reload: "live",
    description: "The time for one file. What takes longer is tried again.",
  }),
  atOnce: count("atOnce", {
    default: 2,
    range: [1, MOST_UPLOADS_AT_ONCE],
    reload: "live",
    description: "How many files are sent at the same time.",
  }),
};

export const RECORDING: Section<RecordingOptions> = {
  root: text("root", {
    default: "./recordings",
    reload: "restart",
    description: "The folder of all recordings. Nothing is written outside of it.",
  }),
  keep: group(
    "keep",
    KEEP,
    "Which recordings are kept: all of them unless something is said. The oldest is deleted first, and none while it is written.",
  ),
  upload: group("upload", UPLOAD, "Where recordings are sent when they are finished."),
};

/** What no key has alone. */
export function uploadMistakes({ upload: { url, command } }: RecordingOptions): readonly Mistake[] {
  return url && command
    ? [{ path: ["recording", "upload"], sentence: "cannot have both a url and a command" }]
    : [];
}

const RECORD: Section<RecordOptions> = {
  format: oneOf("format", ["off", "mp4", "flv"], {
    default: "off",
    reload: "sessions",
    description:
      "mp4: fragmented MP4 while it is written, which plays at any moment, and an ordinary MP4 when it is finished; what MP4 cannot hold is written as FLV. flv: every codec, as it was sent. off: nothing is recorded.",
  }),
  when: oneOf("when", ["always", "asked"], {
    default: "always",
    reload: "sessions",
    description:
      'always: a stream is recorded while it is published. asked: when its publisher asks for it (publish as "record", "append" or "appendWithGap"), or when it is started over the API.',
  }),
  streams: text("streams", {
    default: "*",
    reload: "sessions",
    description:
      "The names of the streams that are recorded, or that publishers may have recorded; * stands for any characters.",
  }),
  segmentMs: duration("segment", {
    default: HOUR,
    range: [LEAST_SEGMENT_MS, 7 * DAY],
    reload: "sessions",
    description: "After how long a new file begins, at the next keyframe.",
  }),
  segmentBytes: size("segmentSize", {
    default: 16 * GIB,
    range: [LEAST_SEGMENT_BYTES, 1024 * GIB],
    reload: "sessions",
    description: "After how many bytes a new file begins, at the next keyframe.",
  }) as Field<number>,
  name: parsed<NamePattern>("name", {
    default: NamePattern.parse(DEFAULT_NAME)!,
    reload: "sessions",
    description:
      "The path of a recording below the root, without its ending: {app}, {stream}, and the time of its first frame in UTC (%Y %m %d %H %M %S, %f milliseconds, %s seconds since 1970). If there is such a file, a number is added.",
    expects: `a path below the root such as "${DEFAULT_NAME}"`,
    parse: (written) => (typeof written === "string" ? NamePattern.parse(written) : undefined),
    format: String,
  }),
};

export const APPLICATION_RECORDING: Section<ApplicationRecording> = {
  record: group("record", RECORD, "Recording of the application's streams while they are published."),
  vod: file("vod", {
    default: "",
    reload: "sessions",
    description:
      "The folder of the files that can be played, FLV, MP4 and MP3: rtmp://host/live/mp4:folder/name.mp4. Without it that is the application's folder in `recording.root`, if the application records.",
  }),
};

function within(amount: number | undefined, least: number, most: number): number | undefined {
  return amount !== undefined && amount >= least && amount <= most ? amount : undefined;
}
