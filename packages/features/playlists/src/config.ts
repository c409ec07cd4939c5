import {
  DAY,
  duration,
  type Field,
  flag,
  formatDuration,
  listOf,
  optional,
  ownSections,
  parseDuration,
  parsed,
  SECOND,
  type Section,
} from "@headgate/config";
import { ScheduleTime } from "./schedule-time.ts";

/** What is played of an application without anybody publishing it. */
export interface ApplicationPlaylists {
  /** By the name of the stream. */
  readonly playlists: ReadonlyMap<string, PlaylistOptions>;
}

/** Either a list, or lists that take over at their times. */
export interface PlaylistOptions extends PlaylistList {
  readonly schedule: readonly ScheduledList[];
}

export interface PlaylistList {
  readonly loop: boolean;
  readonly items: readonly PlaylistItem[];
}

export interface ScheduledList extends PlaylistList {
  readonly at: ScheduleTime;
}

/** Either a file or a live stream. */
export interface PlaylistItem {
  /** As it is played over RTMP, such as `mp4:intro.mp4`. */
  readonly file: string | undefined;
  /** The name of a stream of the same application, or with a slash the path of any. */
  readonly live: string | undefined;
  readonly startMs: number;
  readonly durationMs: number | undefined;
}

/** Shorter items would be more work than picture. */
const LEAST_DURATION_MS: number = SECOND;
const MOST_DURATION_MS: number = 7 * DAY;

const about = { reload: "live" } as const;

function name(key: string, description: string, example: string): Field<string | undefined> {
  return optional<string>(key, {
    ...about,
    description,
    expects: `a name such as "${example}"`,
    parse: (written) => (typeof written === "string" && written.trim() !== "" ? written : undefined),
  });
}

const ITEM: Section<PlaylistItem> = {
  file: name(
    "file",
    "A file of the application's recordings or of its `vod`, by the name with which it is played.",
    "mp4:intro.mp4",
  ),
  live: name(
    "live",
    "In place of a file a live stream: the name of one of this application, or a path such as other/cam.",
    "cam",
  ),
  startMs: duration("start", {
    ...about,
    default: 0,
    range: [0, MOST_DURATION_MS],
    description: "Where in the file it begins: at the keyframe at or before.",
  }),
  durationMs: optional<number>("duration", {
    ...about,
    description: "How long it is on: from `start`, or else to its end.",
    expects: 'a duration with its unit from 1s to 7d, such as "30s"',
    parse: (written) => {
      const ms = parseDuration(written);
      return ms !== undefined && ms >= LEAST_DURATION_MS && ms <= MOST_DURATION_MS ? ms : undefined;
    },
    format: formatDuration,
  }),
};

const LIST: Section<PlaylistList> = {
  loop: flag("loop", {
    ...about,
    default: false,
    description: "Whether it begins again after its last item.",
  }),
  items: listOf("items", ITEM, { ...about, description: "What is played, one after the other." }),
};

const SCHEDULED_LIST: Section<ScheduledList> = {
  at: parsed<ScheduleTime>("at", {
    ...about,
    description: "When it takes over: a moment, or a time of each day in UTC.",
    expects: 'a moment such as "2026-12-24T18:00:00Z", or a time of the day in UTC such as "20:00"',
    parse: ScheduleTime.parse,
    format: String,
  }),
  ...LIST,
};

const PLAYLIST: Section<PlaylistOptions> = {
  ...LIST,
  schedule: listOf("schedule", SCHEDULED_LIST, {
    ...about,
    description:
      "In place of `items` lists that take over at their times: the one whose time came last is on.",
  }),
};

export const PLAYLISTS: Section<ApplicationPlaylists> = {
  playlists: ownSections("playlists", {
    ...about,
    section: PLAYLIST,
    pattern: /^[^\s?*/:.][^\s?*/:]*$/,
    misnamed: "the name of a playlist, which has no space, slash, colon, dot in front, ? or *",
    expects: "names of streams, each with the keys of its playlist below it (loop, items, schedule)",
    description:
      "Streams that the server itself publishes: files and live streams in a row. A playlist whose keys change begins anew; its viewers stay.",
    example: 'channel: { loop: true, items: [{ file: "mp4:intro.mp4" }, { live: cam, duration: 30s }] }',
  }),
};
