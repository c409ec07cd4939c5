import { type Field, group, listOf, oneOf, optional, type Section } from "@headgate/config";
import {
  bitrateLimit,
  codecs,
  countLimit,
  durationLimit,
  type Resolution,
  resolutionLimit,
} from "./fields.ts";

export interface ConnectionLimits {
  readonly maxConnections: number | undefined;
}

export interface PublishLimits {
  readonly maxPublishers: number | undefined;
  /** Bits a second, of each publication. */
  readonly maxBitrate: number | undefined;
  /** Bits a second, of all publications together. */
  readonly maxTotalBitrate: number | undefined;
  /** Empty: all. */
  readonly videoCodecs: readonly string[];
  readonly audioCodecs: readonly string[];
  readonly maxResolution: Resolution | undefined;
  readonly maxDurationMs: number | undefined;
  readonly maxIdleMs: number | undefined;
}

export interface PlayLimits {
  readonly maxViewers: number | undefined;
  /** Bits a second, of each viewing. */
  readonly maxBitrate: number | undefined;
  /** Bits a second, of all viewings together. */
  readonly maxTotalBitrate: number | undefined;
  readonly maxDurationMs: number | undefined;
}

export interface Limits extends ConnectionLimits {
  readonly publish: PublishLimits;
  readonly play: PlayLimits;
}

/** Limits of streams and people beyond those of applications. */
export interface LimitRule extends Limits {
  /** A pattern of paths; undefined: all streams. */
  readonly streams: string | undefined;
  /** A pattern of identities; undefined: everybody, also without one. */
  readonly identities: string | undefined;
  /** What is counted by itself. */
  readonly each: "all" | "stream" | "identity" | "address";
}

const RUNNING = "it is ended within a second, with this code";

export const CONNECTION_LIMITS: Section<ConnectionLimits> = {
  maxConnections: countLimit("maxConnections", {
    description:
      "Connections that have named the application in `connect`, or publish or play a stream of it. In all workers together.",
    beyond: "`connect` or the request is refused: `CONNECTIONS_EXCEEDED`",
  }),
};

export const PUBLISH_LIMITS: Section<PublishLimits> = {
  maxPublishers: countLimit("maxPublishers", {
    description: "Streams that are published by clients at once. In all workers together.",
    beyond: "`publish` is refused: `PUBLISHERS_EXCEEDED`",
  }),
  maxBitrate: bitrateLimit("maxBitrate", {
    description: "The bitrate of each publication over ten seconds: video, audio and data.",
    beyond: `${RUNNING}: \`BITRATE_EXCEEDED\``,
  }),
  maxTotalBitrate: bitrateLimit("maxTotalBitrate", {
    description: "The same of all publications together. In all workers together.",
    beyond: "`publish` is refused, and the publication that came last is ended: `BITRATE_EXCEEDED`",
  }),
  videoCodecs: codecs(
    "videoCodecs",
    ["H264", "HEVC", "AV1", "VP9", "VP8", "VVC", "VP6", "Sorenson H.263", "Screen Video", "JPEG"],
    {
      description:
        "The video codecs that may be published, as [H264, HEVC]; all if there are none in the list.",
      beyond: `${RUNNING}: \`CODEC_DENIED\``,
    },
  ),
  audioCodecs: codecs(
    "audioCodecs",
    ["AAC", "Opus", "MP3", "FLAC", "AC-3", "E-AC-3", "Speex", "PCM", "ADPCM", "Nellymoser"],
    {
      description: "The same of audio.",
      beyond: "the same",
    },
  ),
  maxResolution: resolutionLimit("maxResolution", {
    description:
      "The largest pictures, as 1920x1080: by the publisher's metadata, and by the bitstream of H.264, HEVC, AV1 and VP9. Turned on their side they count the same.",
    beyond: `${RUNNING}: \`RESOLUTION_EXCEEDED\``,
  }),
  maxDurationMs: durationLimit("maxDuration", {
    description: "How long one publication may last.",
    beyond: `${RUNNING}: \`DURATION_EXCEEDED\``,
  }),
  maxIdleMs: durationLimit("maxIdle", {
    description: "How long a publisher may send nothing.",
    beyond: `${RUNNING}: \`PUBLISHER_IDLE\``,
  }),
};

export const PLAY_LIMITS: Section<PlayLimits> = {
  maxViewers: countLimit("maxViewers", {
    description: "Viewers at once; a client that plays two streams is two. In all workers together.",
    beyond: "`play` is refused: `VIEWERS_EXCEEDED`",
  }),
  maxBitrate: bitrateLimit("maxBitrate", {
    description: "The bitrate over ten seconds of a stream that is played.",
    beyond: `${RUNNING}: \`BITRATE_EXCEEDED\``,
  }),
  maxTotalBitrate: bitrateLimit("maxTotalBitrate", {
    description:
      "The same of all viewings together: what viewers are sent, if none of them lags. In all workers together.",
    beyond: "`play` is refused, and the viewer that came last is ended: `BITRATE_EXCEEDED`",
  }),
  maxDurationMs: durationLimit("maxDuration", {
    description: "How long one viewing may last.",
    beyond: `${RUNNING}: \`DURATION_EXCEEDED\``,
  }),
};

const MAX_PATTERN_LENGTH = 512;

function pattern(key: string, description: string): Field<string | undefined> {
  return optional<string>(key, {
    expects: `a pattern such as "live/*" of ${MAX_PATTERN_LENGTH} characters at most`,
    parse: (written) =>
      typeof written === "string" && written.length <= MAX_PATTERN_LENGTH ? written : undefined,
    reload: "live",
    description,
  });
}

const RULE: Section<LimitRule> = {
  streams: pattern(
    "streams",
    "The streams it is about, by their paths: a star stands for any characters. All without this.",
  ),
  identities: pattern(
    "identities",
    "The people it is about, by the identity that a key, a user, a token or a hook gives them. Everybody without this, also without an identity; `*`: everybody with one.",
  ),
  each: oneOf("each", ["all", "stream", "identity", "address"], {
    default: "all",
    reload: "live",
    description:
      "What its numbers count: all that it is about together (all), or each stream, identity or address (an IPv6 /64 is one) by itself.",
  }),
  ...CONNECTION_LIMITS,
  publish: group("publish", PUBLISH_LIMITS, "Of publishers."),
  play: group("play", PLAY_LIMITS, "Of viewers."),
};

export interface LimitsOptions {
  readonly limits: readonly LimitRule[];
}

export const LIMIT_RULES: Section<LimitsOptions> = {
  limits: listOf("limits", RULE, {
    reload: "live",
    description:
      "Limits of streams and people, besides those of applications (`applications.live.play.maxViewers`). All that apply hold.",
    example: '{ streams: "live/*", each: stream, play: { maxViewers: 100 } }',
  }),
};
